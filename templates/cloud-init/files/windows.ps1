# One thing that fails does not keep the rest from being done
$ErrorActionPreference = 'Continue'
function Set-Value($Path, $Name, $Value, $Type = 'DWord') {
  if (-not (Test-Path $Path)) { New-Item -Path $Path -Force | Out-Null }
  New-ItemProperty -Path $Path -Name $Name -Value $Value -PropertyType $Type -Force | Out-Null
}
$control = 'HKLM:\SYSTEM\CurrentControlSet\Control'
$services = 'HKLM:\SYSTEM\CurrentControlSet\Services'
$policies = 'HKLM:\SOFTWARE\Policies\Microsoft'
$system = 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System'

# TLS 1.2 and later only; .NET as the system does
$protocols = "$control\SecurityProviders\SCHANNEL\Protocols"
foreach ($side in 'Client', 'Server') {
  foreach ($old in 'SSL 2.0', 'SSL 3.0', 'TLS 1.0', 'TLS 1.1') {
    Set-Value "$protocols\$old\$side" Enabled 0
    Set-Value "$protocols\$old\$side" DisabledByDefault 1
  }
  Set-Value "$protocols\TLS 1.2\$side" Enabled 1
  Set-Value "$protocols\TLS 1.2\$side" DisabledByDefault 0
}
foreach ($hive in 'SOFTWARE', 'SOFTWARE\WOW6432Node') {
  Set-Value "HKLM:\$hive\Microsoft\.NETFramework\v4.0.30319" SchUseStrongCrypto 1
  Set-Value "HKLM:\$hive\Microsoft\.NETFramework\v4.0.30319" SystemDefaultTlsVersions 1
}

# SMB: signed, never version 1
Set-SmbServerConfiguration -EnableSMB1Protocol $false -RequireSecuritySignature $true -Force
Set-SmbClientConfiguration -RequireSecuritySignature $true -Force
Set-Value "$services\LanmanServer\Parameters" SMB1 0
Set-Value "$services\mrxsmb10" Start 4

# Names are asked of DNS only: nobody in the network answers in its place
Set-Value "$policies\Windows NT\DNSClient" EnableMulticast 0
Set-Value "$services\NetBT\Parameters" NodeType 2

# Credentials: LSA protected, no LM, no WDigest, nothing for the nameless
Set-Value "$control\Lsa" RunAsPPL 1
Set-Value "$control\Lsa" LmCompatibilityLevel 5
Set-Value "$control\Lsa" NoLMHash 1
Set-Value "$control\Lsa" RestrictAnonymous 1
Set-Value "$control\Lsa" RestrictAnonymousSAM 1
Set-Value "$control\Lsa" LimitBlankPasswordUse 1
Set-Value "$control\SecurityProviders\WDigest" UseLogonCredential 0
Disable-LocalUser -SID (Get-LocalUser | Where-Object { $_.SID -like '*-501' }).SID
net accounts /minpwlen:14 /lockoutthreshold:5 /lockoutduration:15 /lockoutwindow:15

# Remote Desktop: with its own authentication first, over TLS; nothing shared with the client
$rdp = "$control\Terminal Server\WinStations\RDP-Tcp"
Set-Value $rdp UserAuthentication 1
Set-Value $rdp SecurityLayer 2
Set-Value $rdp MinEncryptionLevel 3
$rdp = "$policies\Windows NT\Terminal Services"
Set-Value $rdp fDisableCdm 1
Set-Value $rdp MaxIdleTime 900000
{% if logins %}
Set-Value "$control\Terminal Server" fDenyTSConnections 0
{% else %}
Set-Value "$control\Terminal Server" fDenyTSConnections 1
{% endif %}

# Firewall: what comes in is named here
Set-NetFirewallProfile -All -Enabled True -DefaultInboundAction Block -DefaultOutboundAction Allow -LogBlocked True -LogMaxSizeKilobytes 16384
# Rules that come with Windows: Remote Desktop, remote management, file and printer sharing
Get-NetFirewallRule -Direction Inbound | Where-Object { $_.Group -match ',-(28752|30267|28502)$' } | Disable-NetFirewallRule
Get-NetFirewallRule -Group baseline -ErrorAction SilentlyContinue | Remove-NetFirewallRule
{% if logins %}
New-NetFirewallRule -Group baseline -DisplayName 'Remote Desktop' -Direction Inbound -Protocol TCP -LocalPort 3389 -Action Allow | Out-Null
{% endif %}
{% for port in host.ports %}
New-NetFirewallRule -Group baseline -DisplayName 'Application' -Direction Inbound -Protocol TCP -LocalPort {{ port }} -Action Allow | Out-Null
{% endfor %}
Disable-PSRemoting -Force
Stop-Service WinRM, Spooler -Force
Set-Service WinRM -StartupType Disabled
Set-Service Spooler -StartupType Disabled

# Audit: by the ids of subcategories, the same in every language. Logon, special logon, lockout,
# process creation, account and group management, policy change, system integrity
$audited = '{0CCE9215-69AE-11D9-BED3-505054503030}', '{0CCE921B-69AE-11D9-BED3-505054503030}', '{0CCE9217-69AE-11D9-BED3-505054503030}', '{0CCE922B-69AE-11D9-BED3-505054503030}', '{0CCE9235-69AE-11D9-BED3-505054503030}', '{0CCE9237-69AE-11D9-BED3-505054503030}', '{0CCE922F-69AE-11D9-BED3-505054503030}', '{0CCE9212-69AE-11D9-BED3-505054503030}'
foreach ($one in $audited) { auditpol /set /subcategory:$one /success:enable /failure:enable }
Set-Value "$control\Lsa" SCENoApplyLegacyAuditPolicy 1
Set-Value "$system\Audit" ProcessCreationIncludeCmdLine_Enabled 1
Set-Value "$policies\Windows\PowerShell\ScriptBlockLogging" EnableScriptBlockLogging 1
Set-Value "$policies\Windows\PowerShell\Transcription" EnableTranscripting 0
wevtutil set-log Security /maxsize:201326592
Disable-WindowsOptionalFeature -Online -FeatureName MicrosoftWindowsPowerShellV2Root -NoRestart -ErrorAction SilentlyContinue | Out-Null

# Updates each night, by themselves, and the restart that they ask for
Set-Value "$policies\Windows\WindowsUpdate\AU" NoAutoUpdate 0
Set-Value "$policies\Windows\WindowsUpdate\AU" AUOptions 4
Set-Value "$policies\Windows\WindowsUpdate\AU" ScheduledInstallDay 0
Set-Value "$policies\Windows\WindowsUpdate\AU" ScheduledInstallTime 2
Set-MpPreference -DisableRealtimeMonitoring $false

# Amazon Time Sync Service
w32tm /config /manualpeerlist:'169.254.169.123,0x9' /syncfromflags:manual /update
Set-Service w32time -StartupType Automatic
Restart-Service w32time

# Told to whoever comes; a session left alone locks
Set-Value $system LegalNoticeCaption 'Authorized users only' String
Set-Value $system LegalNoticeText 'All activity may be monitored and reported.' String
Set-Value $system InactivityTimeoutSecs 900
Set-Value $system EnableLUA 1
