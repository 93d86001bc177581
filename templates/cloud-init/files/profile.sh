umask 027
TMOUT=900
readonly TMOUT
export TMOUT
