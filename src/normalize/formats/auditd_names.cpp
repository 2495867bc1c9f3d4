// Audit record types, and what records and system calls mean in ECS.
#include "formats/auditd_names.hpp"

#include <algorithm>
#include <iterator>

namespace vedette::normalize::auditd {
namespace {

using model::Value;

constexpr Value kAuthentication[] = {Value::string("authentication")};
constexpr Value kSession[] = {Value::string("session")};
constexpr Value kProcess[] = {Value::string("process")};
constexpr Value kIam[] = {Value::string("iam")};
constexpr Value kHost[] = {Value::string("host")};
constexpr Value kPackage[] = {Value::string("package")};
constexpr Value kConfiguration[] = {Value::string("configuration")};
constexpr Value kDriver[] = {Value::string("driver")};
constexpr Value kNetwork[] = {Value::string("network")};
constexpr Value kFile[] = {Value::string("file")};
constexpr Value kInfo[] = {Value::string("info")};
constexpr Value kStart[] = {Value::string("start")};
constexpr Value kEnd[] = {Value::string("end")};
constexpr Value kChange[] = {Value::string("change")};
constexpr Value kAccess[] = {Value::string("access")};
constexpr Value kCreation[] = {Value::string("creation")};
constexpr Value kDeletion[] = {Value::string("deletion")};
constexpr Value kConnection[] = {Value::string("connection")};
constexpr Value kConnectionStart[] = {Value::string("connection"), Value::string("start")};
constexpr Value kUserChange[] = {Value::string("user"), Value::string("change")};
constexpr Value kGroupChange[] = {Value::string("group"), Value::string("change")};
constexpr Value kUserCreation[] = {Value::string("user"), Value::string("creation")};
constexpr Value kUserDeletion[] = {Value::string("user"), Value::string("deletion")};
constexpr Value kGroupCreation[] = {Value::string("group"), Value::string("creation")};
constexpr Value kGroupDeletion[] = {Value::string("group"), Value::string("deletion")};

struct RecordType {
  std::uint64_t number;
  std::string_view name;
};
constexpr RecordType kRecordTypes[] = {
    {1006, "LOGIN"}, {1100, "USER_AUTH"}, {1101, "USER_ACCT"}, {1102, "USER_MGMT"}, {1103, "CRED_ACQ"},
    {1104, "CRED_DISP"}, {1105, "USER_START"}, {1106, "USER_END"}, {1107, "USER_AVC"},
    {1108, "USER_CHAUTHTOK"}, {1109, "USER_ERR"}, {1110, "CRED_REFR"}, {1111, "USYS_CONFIG"},
    {1112, "USER_LOGIN"}, {1113, "USER_LOGOUT"}, {1114, "ADD_USER"}, {1115, "DEL_USER"},
    {1116, "ADD_GROUP"}, {1117, "DEL_GROUP"}, {1118, "DAC_CHECK"}, {1119, "CHGRP_ID"}, {1120, "TEST"},
    {1121, "TRUSTED_APP"}, {1122, "USER_SELINUX_ERR"}, {1123, "USER_CMD"}, {1124, "USER_TTY"},
    {1125, "CHUSER_ID"}, {1126, "GRP_AUTH"}, {1127, "SYSTEM_BOOT"}, {1128, "SYSTEM_SHUTDOWN"},
    {1129, "SYSTEM_RUNLEVEL"}, {1130, "SERVICE_START"}, {1131, "SERVICE_STOP"}, {1132, "GRP_MGMT"},
    {1133, "GRP_CHAUTHTOK"}, {1134, "MAC_CHECK"}, {1135, "ACCT_LOCK"}, {1136, "ACCT_UNLOCK"},
    {1137, "USER_DEVICE"}, {1138, "SOFTWARE_UPDATE"}, {1200, "DAEMON_START"}, {1201, "DAEMON_END"},
    {1202, "DAEMON_ABORT"}, {1203, "DAEMON_CONFIG"}, {1205, "DAEMON_ROTATE"}, {1206, "DAEMON_RESUME"},
    {1207, "DAEMON_ACCEPT"}, {1208, "DAEMON_CLOSE"}, {1209, "DAEMON_ERR"}, {1300, "SYSCALL"},
    {1302, "PATH"}, {1303, "IPC"}, {1304, "SOCKETCALL"}, {1305, "CONFIG_CHANGE"}, {1306, "SOCKADDR"},
    {1307, "CWD"}, {1309, "EXECVE"}, {1311, "IPC_SET_PERM"}, {1312, "MQ_OPEN"}, {1313, "MQ_SENDRECV"},
    {1314, "MQ_NOTIFY"}, {1315, "MQ_GETSETATTR"}, {1316, "KERNEL_OTHER"}, {1317, "FD_PAIR"},
    {1318, "OBJ_PID"}, {1319, "TTY"}, {1320, "EOE"}, {1321, "BPRM_FCAPS"}, {1322, "CAPSET"}, {1323, "MMAP"},
    {1324, "NETFILTER_PKT"}, {1325, "NETFILTER_CFG"}, {1326, "SECCOMP"}, {1327, "PROCTITLE"},
    {1328, "FEATURE_CHANGE"}, {1329, "REPLACE"}, {1330, "KERN_MODULE"}, {1331, "FANOTIFY"},
    {1332, "TIME_INJOFFSET"}, {1333, "TIME_ADJNTPVAL"}, {1334, "BPF"}, {1335, "EVENT_LISTENER"},
    {1336, "URINGOP"}, {1337, "OPENAT2"}, {1338, "DM_CTRL"}, {1339, "DM_EVENT"}, {1400, "AVC"},
    {1401, "SELINUX_ERR"}, {1402, "AVC_PATH"}, {1403, "MAC_POLICY_LOAD"}, {1404, "MAC_STATUS"},
    {1405, "MAC_CONFIG_CHANGE"}, {1406, "MAC_UNLBL_ALLOW"}, {1407, "MAC_CIPSOV4_ADD"},
    {1408, "MAC_CIPSOV4_DEL"}, {1409, "MAC_MAP_ADD"}, {1410, "MAC_MAP_DEL"}, {1411, "MAC_IPSEC_ADDSA"},
    {1412, "MAC_IPSEC_DELSA"}, {1413, "MAC_IPSEC_ADDSPD"}, {1414, "MAC_IPSEC_DELSPD"},
    {1415, "MAC_IPSEC_EVENT"}, {1416, "MAC_UNLBL_STCADD"}, {1417, "MAC_UNLBL_STCDEL"},
    {1418, "MAC_CALIPSO_ADD"}, {1419, "MAC_CALIPSO_DEL"}, {1700, "ANOM_PROMISCUOUS"}, {1701, "ANOM_ABEND"},
    {1702, "ANOM_LINK"}, {1703, "ANOM_CREAT"}, {1800, "INTEGRITY_DATA"}, {1801, "INTEGRITY_METADATA"},
    {1802, "INTEGRITY_STATUS"}, {1803, "INTEGRITY_HASH"}, {1804, "INTEGRITY_PCR"}, {1805, "INTEGRITY_RULE"},
    {1806, "INTEGRITY_EVM_XATTR"}, {1807, "INTEGRITY_POLICY_RULE"}, {2000, "KERNEL"},
    {2100, "ANOM_LOGIN_FAILURES"}, {2101, "ANOM_LOGIN_TIME"}, {2102, "ANOM_LOGIN_SESSIONS"},
    {2103, "ANOM_LOGIN_ACCT"}, {2104, "ANOM_LOGIN_LOCATION"}, {2105, "ANOM_MAX_DAC"},
    {2106, "ANOM_MAX_MAC"}, {2107, "ANOM_AMTU_FAIL"}, {2108, "ANOM_RBAC_FAIL"},
    {2109, "ANOM_RBAC_INTEGRITY_FAIL"}, {2110, "ANOM_CRYPTO_FAIL"}, {2111, "ANOM_ACCESS_FS"},
    {2112, "ANOM_EXEC"}, {2113, "ANOM_MK_EXEC"}, {2114, "ANOM_ADD_ACCT"}, {2115, "ANOM_DEL_ACCT"},
    {2116, "ANOM_MOD_ACCT"}, {2117, "ANOM_ROOT_TRANS"}, {2118, "ANOM_LOGIN_SERVICE"},
    {2400, "CRYPTO_TEST_USER"}, {2401, "CRYPTO_PARAM_CHANGE_USER"}, {2402, "CRYPTO_LOGIN"},
    {2403, "CRYPTO_LOGOUT"}, {2404, "CRYPTO_KEY_USER"}, {2405, "CRYPTO_FAILURE_USER"},
    {2406, "CRYPTO_REPLAY_USER"}, {2407, "CRYPTO_SESSION"}, {2408, "CRYPTO_IKE_SA"},
    {2409, "CRYPTO_IPSEC_SA"}, {2500, "VIRT_CONTROL"}, {2501, "VIRT_RESOURCE"}, {2502, "VIRT_MACHINE_ID"},
};

// Sorted by name.
constexpr Meaning kRecords[] = {
    {"ACCT_LOCK", "locked-account", kIam, kUserChange},
    {"ACCT_UNLOCK", "unlocked-account", kIam, kUserChange},
    {"ADD_GROUP", "added-group-account", kIam, kGroupCreation},
    {"ADD_USER", "added-user-account", kIam, kUserCreation},
    {"ANOM_ABEND", "crashed-program", kProcess, kEnd},
    {"ANOM_LINK", "used-suspicious-link", kFile, kInfo},
    {"ANOM_LOGIN_FAILURES", "failed-login-too-many-times", kAuthentication, kInfo},
    {"ANOM_PROMISCUOUS", "changed-promiscuous-mode", kNetwork, kInfo},
    {"ANOM_ROOT_TRANS", "became-root", kAuthentication, kInfo},
    {"AVC", "violated-access-policy", kHost, kInfo},
    {"BPF", "used-bpf", kProcess, kInfo},
    {"CHGRP_ID", "changed-group-id", kIam, kGroupChange},
    {"CHUSER_ID", "changed-user-id", kIam, kUserChange},
    {"CONFIG_CHANGE", "changed-audit-configuration", kConfiguration, kChange},
    {"CRED_ACQ", "acquired-credentials", kAuthentication, kInfo},
    {"CRED_DISP", "disposed-credentials", kAuthentication, kInfo},
    {"CRED_REFR", "refreshed-credentials", kAuthentication, kInfo},
    {"CRYPTO_KEY_USER", "negotiated-crypto-key", kProcess, kInfo},
    {"CRYPTO_LOGIN", "crypto-officer-logged-in", kAuthentication, kStart},
    {"CRYPTO_SESSION", "started-crypto-session", kProcess, kInfo},
    {"DAEMON_ABORT", "aborted-audit", kConfiguration, kEnd},
    {"DAEMON_CONFIG", "changed-audit-configuration", kConfiguration, kChange},
    {"DAEMON_END", "stopped-audit", kConfiguration, kEnd},
    {"DAEMON_START", "started-audit", kConfiguration, kStart},
    {"DEL_GROUP", "deleted-group-account", kIam, kGroupDeletion},
    {"DEL_USER", "deleted-user-account", kIam, kUserDeletion},
    {"FEATURE_CHANGE", "changed-audit-feature", kConfiguration, kChange},
    {"GRP_CHAUTHTOK", "changed-group-password", kIam, kGroupChange},
    {"GRP_MGMT", "modified-group-account", kIam, kGroupChange},
    {"KERN_MODULE", "used-kernel-module", kDriver, kStart},
    {"LOGIN", "changed-login-id", kAuthentication, kStart},
    {"MAC_CONFIG_CHANGE", "changed-mac-configuration", kConfiguration, kChange},
    {"MAC_POLICY_LOAD", "loaded-mac-policy", kConfiguration, kChange},
    {"MAC_STATUS", "changed-mac-status", kConfiguration, kChange},
    {"NETFILTER_CFG", "changed-firewall-configuration", kConfiguration, kChange},
    {"SECCOMP", "violated-seccomp-policy", kProcess, kInfo},
    {"SERVICE_START", "started-service", kProcess, kStart},
    {"SERVICE_STOP", "stopped-service", kProcess, kEnd},
    {"SOFTWARE_UPDATE", "updated-software", kPackage, kChange},
    {"SYSTEM_BOOT", "booted-system", kHost, kStart},
    {"SYSTEM_RUNLEVEL", "changed-runlevel", kHost, kChange},
    {"SYSTEM_SHUTDOWN", "shut-down-system", kHost, kEnd},
    {"TTY", "typed", kProcess, kInfo},
    {"USER_ACCT", "was-authorized", kAuthentication, kInfo},
    {"USER_AUTH", "authenticated", kAuthentication, kInfo},
    {"USER_AVC", "violated-access-policy", kHost, kInfo},
    {"USER_CHAUTHTOK", "changed-password", kIam, kUserChange},
    {"USER_CMD", "ran-command", kProcess, kStart},
    {"USER_END", "ended-session", kSession, kEnd},
    {"USER_ERR", "user-error", kAuthentication, kInfo},
    {"USER_LOGIN", "logged-in", kAuthentication, kStart},
    {"USER_LOGOUT", "logged-out", kAuthentication, kEnd},
    {"USER_MGMT", "modified-user-account", kIam, kUserChange},
    {"USER_START", "started-session", kSession, kStart},
    {"USER_TTY", "typed", kProcess, kInfo},
    {"VIRT_CONTROL", "controlled-virtual-machine", kHost, kChange},
};

constexpr Meaning kSyscalls[] = {
    {"accept", "accepted-connection-from", kNetwork, kConnectionStart},
    {"accept4", "accepted-connection-from", kNetwork, kConnectionStart},
    {"access", "checked-file", kFile, kAccess},
    {"adjtimex", "changed-system-time", kConfiguration, kChange},
    {"bind", "bound-socket", kNetwork, kInfo},
    {"bpf", "used-bpf", kProcess, kInfo},
    {"capset", "changed-identity", kProcess, kChange},
    {"chmod", "changed-file-permissions", kFile, kChange},
    {"chown", "changed-file-ownership", kFile, kChange},
    {"clock_adjtime", "changed-system-time", kConfiguration, kChange},
    {"clock_settime", "changed-system-time", kConfiguration, kChange},
    {"connect", "connected-to", kNetwork, kConnectionStart},
    {"creat", "created-file", kFile, kCreation},
    {"delete_module", "unloaded-kernel-module", kDriver, kEnd},
    {"execve", "executed", kProcess, kStart},
    {"execveat", "executed", kProcess, kStart},
    {"exit", "exited", kProcess, kEnd},
    {"exit_group", "exited", kProcess, kEnd},
    {"faccessat", "checked-file", kFile, kAccess},
    {"faccessat2", "checked-file", kFile, kAccess},
    {"fchmod", "changed-file-permissions", kFile, kChange},
    {"fchmodat", "changed-file-permissions", kFile, kChange},
    {"fchown", "changed-file-ownership", kFile, kChange},
    {"fchownat", "changed-file-ownership", kFile, kChange},
    {"finit_module", "loaded-kernel-module", kDriver, kStart},
    {"fremovexattr", "changed-file-attributes", kFile, kChange},
    {"fsetxattr", "changed-file-attributes", kFile, kChange},
    {"fsmount", "mounted-file-system", kFile, kChange},
    {"ftruncate", "truncated-file", kFile, kChange},
    {"init_module", "loaded-kernel-module", kDriver, kStart},
    {"kexec_file_load", "loaded-kernel", kDriver, kStart},
    {"kexec_load", "loaded-kernel", kDriver, kStart},
    {"kill", "killed-process", kProcess, kInfo},
    {"lchown", "changed-file-ownership", kFile, kChange},
    {"link", "linked-file", kFile, kCreation},
    {"linkat", "linked-file", kFile, kCreation},
    {"listen", "listened-for-connections", kNetwork, kInfo},
    {"lremovexattr", "changed-file-attributes", kFile, kChange},
    {"lsetxattr", "changed-file-attributes", kFile, kChange},
    {"lstat", "checked-file", kFile, kAccess},
    {"memfd_create", "created-memory-file", kProcess, kInfo},
    {"mkdir", "created-directory", kFile, kCreation},
    {"mkdirat", "created-directory", kFile, kCreation},
    {"mknod", "created-device-node", kFile, kCreation},
    {"mknodat", "created-device-node", kFile, kCreation},
    {"mount", "mounted-file-system", kFile, kChange},
    {"move_mount", "mounted-file-system", kFile, kChange},
    {"newfstatat", "checked-file", kFile, kAccess},
    {"open", "opened-file", kFile, kAccess},
    {"open_by_handle_at", "opened-file", kFile, kAccess},
    {"openat", "opened-file", kFile, kAccess},
    {"openat2", "opened-file", kFile, kAccess},
    {"personality", "changed-process-attributes", kProcess, kChange},
    {"prctl", "changed-process-attributes", kProcess, kChange},
    {"process_vm_readv", "traced-process", kProcess, kInfo},
    {"process_vm_writev", "traced-process", kProcess, kInfo},
    {"ptrace", "traced-process", kProcess, kInfo},
    {"readlink", "checked-file", kFile, kAccess},
    {"readlinkat", "checked-file", kFile, kAccess},
    {"reboot", "rebooted-system", kHost, kEnd},
    {"recvfrom", "received-from", kNetwork, kConnection},
    {"recvmmsg", "received-from", kNetwork, kConnection},
    {"recvmsg", "received-from", kNetwork, kConnection},
    {"removexattr", "changed-file-attributes", kFile, kChange},
    {"rename", "renamed-file", kFile, kChange},
    {"renameat", "renamed-file", kFile, kChange},
    {"renameat2", "renamed-file", kFile, kChange},
    {"rmdir", "deleted-directory", kFile, kDeletion},
    {"rt_sigqueueinfo", "killed-process", kProcess, kInfo},
    {"sendmmsg", "sent-to", kNetwork, kConnection},
    {"sendmsg", "sent-to", kNetwork, kConnection},
    {"sendto", "sent-to", kNetwork, kConnection},
    {"setdomainname", "changed-system-name", kConfiguration, kChange},
    {"setfsgid", "changed-identity", kProcess, kChange},
    {"setfsuid", "changed-identity", kProcess, kChange},
    {"setgid", "changed-identity", kProcess, kChange},
    {"sethostname", "changed-system-name", kConfiguration, kChange},
    {"setregid", "changed-identity", kProcess, kChange},
    {"setresgid", "changed-identity", kProcess, kChange},
    {"setresuid", "changed-identity", kProcess, kChange},
    {"setreuid", "changed-identity", kProcess, kChange},
    {"settimeofday", "changed-system-time", kConfiguration, kChange},
    {"setuid", "changed-identity", kProcess, kChange},
    {"setxattr", "changed-file-attributes", kFile, kChange},
    {"socket", "created-socket", kNetwork, kInfo},
    {"socketpair", "created-socket", kNetwork, kInfo},
    {"stat", "checked-file", kFile, kAccess},
    {"statx", "checked-file", kFile, kAccess},
    {"stime", "changed-system-time", kConfiguration, kChange},
    {"symlink", "linked-file", kFile, kCreation},
    {"symlinkat", "linked-file", kFile, kCreation},
    {"sysinfo", "read-system-information", kHost, kInfo},
    {"syslog", "used-kernel-log", kHost, kInfo},
    {"tgkill", "killed-process", kProcess, kInfo},
    {"tkill", "killed-process", kProcess, kInfo},
    {"truncate", "truncated-file", kFile, kChange},
    {"umount", "unmounted-file-system", kFile, kChange},
    {"umount2", "unmounted-file-system", kFile, kChange},
    {"uname", "read-system-information", kHost, kInfo},
    {"unlink", "deleted-file", kFile, kDeletion},
    {"unlinkat", "deleted-file", kFile, kDeletion},
};

const Meaning* find(std::span<const Meaning> table, std::string_view name) {
  const auto found = std::lower_bound(table.begin(), table.end(), name,
                                      [](const Meaning& row, std::string_view key) { return row.name < key; });
  return found != table.end() && found->name == name ? &*found : nullptr;
}

}  // namespace

std::string_view record_type_name(std::uint64_t number) {
  const auto found = std::lower_bound(std::begin(kRecordTypes), std::end(kRecordTypes), number,
                                      [](const RecordType& row, std::uint64_t key) { return row.number < key; });
  return found != std::end(kRecordTypes) && found->number == number ? found->name : std::string_view{};
}

const Meaning* meaning_of_record(std::string_view type) { return find(kRecords, type); }
const Meaning* meaning_of_syscall(std::string_view name) { return find(kSyscalls, name); }

}  // namespace vedette::normalize::auditd
