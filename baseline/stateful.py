"""Stateful: which resource types hold data that goes with them, and which only seem to.

One table, complete for the types in the registry's schemas whose name or properties smell of data
(a test lists those that it does not mention). A row is a type, what it holds, and the page that
says so, where that is not the page of the type itself in the "CloudFormation Template Reference".
Keys and certificates count: with a key goes whatever it encrypts.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

# Types for which CloudFormation can take a snapshot first; "DeletionPolicy attribute".
SNAPSHOTS = frozenset(
    {
        "AWS::DocDB::DBCluster",
        "AWS::EC2::Volume",
        "AWS::ElastiCache::CacheCluster",
        "AWS::ElastiCache::ReplicationGroup",
        "AWS::Neptune::DBCluster",
        "AWS::RDS::DBCluster",
        "AWS::RDS::DBInstance",
        "AWS::Redshift::Cluster",
    }
)

# type | what it holds | source, where it is not the type's own page
_HOLDS = """
ACMPCA::CertificateAuthority | its private key and what it issued | Deleting your private CA
APS::Workspace | metrics
AmazonMQ::Broker | messages on its storage | Deleting a broker
AppIntegrations::DataIntegration | data that was pulled in
Backup::BackupVault | recovery points | Deleting a backup vault
Backup::LogicallyAirGappedBackupVault | recovery points | Logically air-gapped vault
Bedrock::KnowledgeBase | an index of documents | Delete a knowledge base
Bedrock::DataSource | ingested documents | Delete a data source from your knowledge base
BedrockAgentCore::Dataset | examples
BedrockAgentCore::Memory | memories of agents
Cases::Domain | cases
Cassandra::Keyspace | tables and their rows
Cassandra::Table | rows
Chime::AppInstance | messages of its channels
Chime::Channel | messages
CleanRooms::IntermediateTable | rows
CloudFront::KeyValueStore | keys and values
CloudFormation::Stack | every resource of its template | Working with nested stacks
CloudHSM::Cluster | keys | Deleting an AWS CloudHSM cluster
CloudTrail::EventDataStore | events | Deleting an event data store
CodeArtifact::Domain | packages
CodeArtifact::Repository | packages
CodeCommit::Repository | source code | Delete an AWS CodeCommit repository
Cognito::IdentityPool | identities
Cognito::UserPool | users and their passwords
Connect::DataTable | rows
Connect::Instance | contacts and recordings
CustomerProfiles::Domain | profiles of customers
DAX::Cluster | cached items
DSQL::Cluster | rows
DataZone::Domain | a catalogue of data and projects
Detective::Graph | a graph of behaviour | Disabling Amazon Detective
DirectoryService::MicrosoftAD | users and groups | Deleting your AWS Managed Microsoft AD
DirectoryService::SimpleAD | users and groups | Deleting your Simple AD
DocDB::DBCluster | documents
DocDB::GlobalCluster | documents
DocDBElastic::Cluster | documents
DocDBElastic::ClusterSnapshot | a snapshot
DynamoDB::Backup | a backup
DynamoDB::GlobalTable | items
DynamoDB::Table | items
EC2::Instance | disks that end with the instance | Preserve data when an instance is terminated
EC2::Volume | blocks
ECR::PublicRepository | images
ECR::Repository | images | Deleting a private repository
EFS::FileSystem | files | Deleting an Amazon EFS file system
EKS::Cluster | what runs in it and its state | Delete a cluster
EMR::Cluster | HDFS of its nodes | Instance storage options
EMR::WALWorkspace | write-ahead logs
ElastiCache::CacheCluster | cached data
ElastiCache::ReplicationGroup | cached data
ElastiCache::ServerlessCache | cached data
ElastiCache::ServerlessCacheSnapshot | a snapshot
ElastiCache::Snapshot | a snapshot
Elasticsearch::Domain | indices
Events::Archive | archived events
EventsV2::EventBus | archived events
FSx::Backup | a backup
FSx::FileCache | files not yet written back
FSx::FileSystem | files | Cleaning up resources
FSx::Snapshot | a snapshot
FSx::StorageVirtualMachine | volumes
FSx::Volume | files
FinSpace::Environment | datasets
Forecast::Dataset | training data
Glue::Catalog | definitions of tables
Glue::Database | definitions of tables
Glue::Registry | schemas and their versions
Glue::Schema | versions of a schema
Glue::Table | the definition of a table
Grafana::Workspace | dashboards
HealthImaging::Datastore | images
HealthLake::FHIRDatastore | health records
IoTAnalytics::Channel | raw messages
IoTAnalytics::Dataset | contents of the dataset
IoTAnalytics::Datastore | messages
IoTSiteWise::Asset | measurements
IoTSiteWise::Dataset | data that it holds
IoTSiteWise::Workspace | data that it holds
KMS::Key | a key: what it encrypts cannot be read without it | Deleting AWS KMS keys
KMS::ReplicaKey | a copy of a key | Deleting multi-Region keys
Kendra::Index | an index of documents
Kinesis::Stream | records
KinesisVideo::Stream | video
Lex::Bot | a bot and its versions
Lightsail::Bucket | objects
Lightsail::Database | rows
Lightsail::DatabaseSnapshot | a snapshot
Lightsail::Disk | blocks
Lightsail::DiskSnapshot | a snapshot
Lightsail::Instance | its disk
Lightsail::InstanceSnapshot | a snapshot
Location::GeofenceCollection | geofences
Location::Tracker | positions
Logs::LogGroup | log events
Logs::LogStream | log events
M2::Environment | files of applications
MSK::Cluster | records
MSK::ServerlessCluster | records
MSK::Topic | records
ManagedBlockchain::Member | a member and its ledger
MediaStore::Container | objects
MemoryDB::Cluster | data | Deleting a cluster
MemoryDB::MultiRegionCluster | data
MemoryDB::Snapshot | a snapshot
Neptune::DBCluster | a graph
Neptune::GlobalCluster | a graph
NeptuneGraph::Graph | a graph
NeptuneGraph::GraphSnapshot | a snapshot
ODB::CloudAutonomousVmCluster | databases
ODB::CloudExadataInfrastructure | databases
ODB::CloudVmCluster | databases
Omics::AnnotationStore | annotations
Omics::ReferenceStore | references
Omics::RunCache | results of runs
Omics::SequenceStore | sequences
Omics::VariantStore | variants
OpenSearchServerless::Collection | indices
OpenSearchServerless::CollectionIndex | an index
OpenSearchServerless::Index | an index
OpenSearchService::Domain | indices | Deleting an OpenSearch Service domain
OpsWorks::Volume | blocks
Organizations::Account | an account with all that is in it | Closing a member account
PaymentCryptography::Key | a key
Personalize::Dataset | interactions
Personalize::DatasetGroup | datasets
Pinpoint::App | segments and endpoints
QBusiness::Application | conversations
QBusiness::Index | an index of documents
QLDB::Ledger | a ledger
QuickSight::DataSet | imported data | Importing data into SPICE
QuickSight::KnowledgeBase | an index of documents
RDS::ClusterSnapshot | a snapshot
RDS::DBCluster | rows
RDS::DBInstance | rows
RDS::DBSnapshot | a snapshot
RDS::GlobalCluster | rows
Redshift::Cluster | rows
Redshift::Snapshot | a snapshot
RedshiftServerless::Namespace | rows
RedshiftServerless::Snapshot | a snapshot
Rekognition::Collection | faces
Rekognition::Dataset | labelled images
Route53::HostedZone | records of others, and its name servers | Deleting a public hosted zone
S3::Bucket | objects | Deleting a bucket: it must be empty, else the deletion fails
S3Express::DirectoryBucket | objects
S3Files::FileSystem | files
S3Outposts::Bucket | objects
S3Tables::Namespace | tables
S3Tables::Table | rows
S3Tables::TableBucket | tables
S3Vectors::Index | vectors
S3Vectors::VectorBucket | vectors
SCN::Dataset | data of a supply chain
SCN::Instance | data of a supply chain
SCN::Namespace | data of a supply chain
SDB::Domain | items
SES::MailManagerArchive | mail
SNS::Topic | subscriptions made outside of the stack
SQS::Queue | messages
SSM::Parameter | a value that people may have changed
SageMaker::Cluster | disks of its nodes
SageMaker::Domain | home folders of its users | Delete an Amazon SageMaker AI domain
SageMaker::FeatureGroup | features
SageMaker::MlflowTrackingServer | runs and metrics
SageMaker::NotebookInstance | notebooks on its disk
SecretsManager::Secret | a secret and its versions | Delete an AWS Secrets Manager secret
SecurityLake::DataLake | logs
Serverless::SimpleTable | items
StorageGateway::Volume | blocks
Timestream::Database | tables
Timestream::InfluxDBBackup | a backup
Timestream::InfluxDBCluster | measurements
Timestream::InfluxDBInstance | measurements
Timestream::Table | measurements
VerifiedPermissions::PolicyStore | policies
VoiceID::Domain | voice prints
Wisdom::KnowledgeBase | documents
WorkSpaces::Workspace | a person's desktop and disks | Delete a WorkSpace
WorkspacesInstances::Volume | blocks
WorkspacesInstances::WorkspaceInstance | its disk
"""

# Why a type that smells of data holds none that is lost with it, and the types.
_HOLDS_NONE = {
    "settings, written in the template": """
AIOps::InvestigationGroup APS::RuleGroupsNamespace AWSExternalAnthropic::Workspace
AgentRegistry::Registry Amplify::Domain AppConfig::ConfigurationProfile AppConfig::Environment
AppFlow::ConnectorProfile AppRunner::Service AppSync::ApiCache AppSync::ChannelNamespace
AppSync::GraphQLSchema Athena::DataCatalog ApiGateway::Model ApiGatewayV2::Model B2BI::Profile
BackupGateway::Hypervisor Batch::JobQueue Bedrock::ApplicationInferenceProfile
Bedrock::AutomatedReasoningPolicy Bedrock::Blueprint Bedrock::DataAutomationLibrary
Bedrock::DataAutomationProject Bedrock::Guardrail BedrockAgentCore::BrowserProfile
BedrockAgentCore::ConfigurationBundle BedrockAgentCore::Evaluator BedrockAgentCore::Gateway
BedrockMantle::Project Chime::AppInstanceBot CleanRooms::ConfiguredTable
CleanRooms::IdMappingTable CleanRoomsML::ConfiguredModelAlgorithm CleanRoomsML::TrainingDataset
CloudFront::FieldLevelEncryptionProfile CloudTrail::Channel CloudTrail::Trail
CloudWatch::MetricStream CodeBuild::Project CodeStar::GitHubRepository Cognito::UserPoolDomain
Config::DeliveryChannel Connect::InstanceStorageConfig Connect::Queue Connect::RoutingProfile
Connect::SecurityProfile Connect::Workspace CustomerProfiles::EventStream
CustomerProfiles::RecommenderSchema DMS::Endpoint DMS::InstanceProfile DMS::MigrationProject
DataBrew::Dataset DataBrew::Job DataBrew::Project DataSync::LocationObjectStorage
DataZone::EnvironmentProfile DataZone::GroupProfile DataZone::Project DataZone::ProjectProfile
DataZone::UserProfile Deadline::Farm Deadline::Queue Deadline::StorageProfile
DevOpsAgent::AgentSpace DevOpsAgent::Asset DevOpsAgent::Service DevOpsGuru::NotificationChannel
DevOpsGuru::ResourceCollection DeviceFarm::InstanceProfile DeviceFarm::NetworkProfile
DeviceFarm::Project DeviceFarm::TestGridProject EC2::FlowLog EC2::LocalGatewayRouteTable
EC2::RouteTable EC2::SqlHaStandbyDetectedInstance EC2::TransitGatewayMulticastDomain
EC2::TransitGatewayPolicyTable EC2::TransitGatewayRouteTable EC2::VerifiedAccessInstance
ECR::RepositoryCreationTemplate ECS::Gateway EKS::FargateProfile EMRContainers::VirtualCluster
EntityResolution::IdNamespace EventSchemas::Registry EventSchemas::Schema Evidently::Feature
Evidently::Project FMS::NotificationChannel GameLift::GameSessionQueue Glue::Integration
Glue::Job Glue::SecurityConfiguration Glue::UsageProfile GroundStation::MissionProfile
HealthAgent::Domain HealthLake::DataTransformationProfile IAM::InstanceProfile IVS::Channel
IoT::EncryptionConfiguration IoT::Job IoT::SecurityProfile IoT::Stream IoTEvents::AlarmModel
IoTEvents::DetectorModel IoTFleetWise::SignalCatalog
IoTManagedIntegrations::ProvisioningProfile IoTSiteWise::AssetModel
IoTSiteWise::ComputationModel IoTSiteWise::Project IoTTwinMaker::SyncJob IoTTwinMaker::Workspace
IoTWireless::DeviceProfile IoTWireless::ServiceProfile Kinesis::Channel MSK::Channel
KinesisFirehose::DeliveryStream KinesisVideo::SignalingChannel Lambda::CapacityProvider
Lambda::EventSourceMapping Lightsail::Domain Location::PlaceIndex Logs::LogAnomalyDetector
LookoutVision::Project MWAA::Environment MWAAServerless::Workflow MediaConnect::FlowMediaStream
MediaConvert::Queue MediaLive::Channel MediaLive::Cluster MediaPackage::Asset
MediaPackage::Channel MediaPackageV2::Channel MediaTailor::Channel OSIS::Pipeline
Omics::Workflow Omics::WorkflowVersion OpenSearchService::Application OpsWorks::UserProfile
PCS::Cluster PCS::Queue Panorama::ApplicationInstance Personalize::Schema Pinpoint::ADMChannel
Pinpoint::APNSChannel Pinpoint::APNSSandboxChannel Pinpoint::APNSVoipChannel
Pinpoint::APNSVoipSandboxChannel Pinpoint::BaiduChannel Pinpoint::EmailChannel
Pinpoint::EventStream Pinpoint::GCMChannel Pinpoint::SMSChannel Pinpoint::VoiceChannel
QLDB::Stream QuickSight::LimitsProfile RDS::CustomDBEngineVersion RDS::Integration Rbin::Rule
Redshift::Integration Redshift::SnapshotCopyGrant RedshiftServerless::Workgroup
Rekognition::Project Rekognition::StreamProcessor ResilienceHubV2::Policy
ResilienceHubV2::Service ResilienceHubV2::System ResourceExplorer2::Index RolesAnywhere::Profile
Route53::CidrCollection Route53::TrafficPolicyInstance Route53Profiles::Profile
Route53RecoveryControl::Cluster S3::AccessGrantsInstance SES::MailManagerAddonInstance
SMSVOICE::NotifyConfiguration SMSVOICE::Pool SMSVOICE::ProtectConfiguration SMSVOICE::RcsAgent
SMSVOICE::SenderId SSMContacts::ContactChannel SSO::Instance SageMaker::CodeRepository
SageMaker::EndpointConfig SageMaker::InferenceExperiment SageMaker::Model SageMaker::PartnerApp
SageMaker::ProcessingJob SageMaker::Project SageMaker::UserProfile Scheduler::Schedule
SecurityAgent::AgentSpace SecurityAgent::Integration SecurityAgent::SecurityRequirementPack
SecurityAgent::TargetDomain SecurityHub::ConnectorV2 Serverless::CapacityProvider
ServiceDiscovery::HttpNamespace ServiceDiscovery::Instance ServiceDiscovery::PrivateDnsNamespace
ServiceDiscovery::PublicDnsNamespace Signer::SigningProfile SimSpaceWeaver::Simulation
StepFunctions::Activity StepFunctions::StateMachine Synthetics::Canary
Timestream::ScheduledQuery Transfer::Profile Translate::ParallelData
WellArchitected::AgentProfile WellArchitected::Profile Wisdom::Assistant WorkSpaces::Directory
WorkSpacesThinClient::Environment""",
    "code or an image, made again from its source": """
EC2::FpgaImage ImageBuilder::Component ImageBuilder::ContainerRecipe ImageBuilder::Workflow
Lambda::Function Lambda::WebFunctionRevision Lightsail::Container M2::Application
Serverless::Function Serverless::WebFunction""",
    "servers whose data lie elsewhere, in a type of its own": """
AutoScaling::AutoScalingGroup DMS::ReplicationInstance DocDB::DBInstance ECS::Cluster
EVS::Environment Neptune::DBInstance OpsWorks::Instance""",
    "a credential, a certificate or a number, issued again": """
ACMPCA::Certificate ApiGateway::ApiKey ApiGateway::ClientCertificate ApiGateway::UsagePlanKey
AppSync::ApiKey CertificateManager::Certificate CloudFront::PublicKey CloudFront::TrustStore
Connect::SecurityKey DMS::Certificate ElasticLoadBalancingV2::ListenerCertificate
ElasticLoadBalancingV2::TrustStore IAM::AccessKey IAM::ServerCertificate IVS::PublicKey
IVS::StreamKey IoT::CACertificate IoT::Certificate Lightsail::Certificate
Lightsail::LoadBalancerTlsCertificate Location::APIKey MSK::BatchScramSecret
Route53::KeySigningKey SES::EmailIdentityCertificate SMSVOICE::PhoneNumber
Transfer::Certificate Transfer::HostKey WorkSpacesWeb::TrustStore""",
}


@cache
def held() -> dict[str, tuple[str, str]]:
    """For each type that holds data: what it holds, and the source of that."""
    found = {}
    for line in _HOLDS.strip().splitlines():
        name, what, *source = (part.strip() for part in line.split("|"))
        found[f"AWS::{name}"] = (what, source[0] if source else f"AWS::{name}")
    return found


@cache
def holds_none() -> dict[str, str]:
    """For each type that only seems to hold data: why it does not."""
    return dict(_reasons())


def _reasons() -> Iterator[tuple[str, str]]:
    for reason, types in _HOLDS_NONE.items():
        for name in types.split():
            yield f"AWS::{name}", reason
