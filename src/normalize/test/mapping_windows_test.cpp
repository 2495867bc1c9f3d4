// The shipped mappings of Windows events, on events as the Windows formats write them.
#include <gtest/gtest.h>

#include "mapping_harness.hpp"

namespace vedette::normalize {
namespace {

class WindowsMappings : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { loaded_ = new Loaded(load_shipped()); }
  static void TearDownTestSuite() {
    delete loaded_;
    loaded_ = nullptr;
  }

  struct Event {
    const char* channel;
    const char* provider;
    std::int64_t id;
    std::vector<std::pair<const char*, const char*>> data;
  };

  static Fields map(const Event& event) {
    const std::string code = std::to_string(event.id);
    Given given = {{"winlog.channel", text(event.channel)},
                   {"winlog.provider_name", text(event.provider)},
                   {"winlog.event_id", model::Value::integer(event.id)},
                   {"event.code", text(code)}};
    for (const auto& [name, value] : event.data) {
      given.emplace_back(std::string("winlog.event_data.") + name, text(value));
    }
    return map_row(*loaded_->set, given, 1).fields;
  }
  static Fields sysmon(std::int64_t id, std::vector<std::pair<const char*, const char*>> data) {
    return map({"Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-Sysmon", id, std::move(data)});
  }
  static Fields security(std::int64_t id, std::vector<std::pair<const char*, const char*>> data) {
    return map({"Security", "Microsoft-Windows-Security-Auditing", id, std::move(data)});
  }

  static void expect(const Fields& fields, const Fields& wanted) {
    for (const auto& [name, json] : wanted) {
      const auto found = fields.find(name);
      ASSERT_NE(found, fields.end()) << name;
      EXPECT_EQ(found->second, json) << name;
    }
  }

  static Loaded* loaded_;
};
Loaded* WindowsMappings::loaded_ = nullptr;

TEST_F(WindowsMappings, SysmonProcess) {
  const Fields fields = sysmon(1, {{"UtcTime", "2026-05-04 03:02:01.123"},
                                   {"ProcessGuid", "{AAAAAAAA-0000-0000-0000-000000000001}"},
                                   {"ProcessId", "4242"},
                                   {"Image", "C:\\Windows\\System32\\whoami.exe"},
                                   {"OriginalFileName", "whoami.exe"},
                                   {"CommandLine", "\"whoami.exe\" /all"},
                                   {"User", "CORP\\alice"},
                                   {"Hashes", "MD5=0123456789ABCDEF0123456789ABCDEF"},
                                   {"ParentImage", "C:\\Windows\\System32\\cmd.exe"},
                                   {"ParentUser", "CORP\\bob"}});
  expect(fields, {{"event.category", "[\"process\"]"},
                  {"event.type", "[\"start\"]"},
                  {"event.action", "\"process-created\""},
                  {"event.dataset", "\"windows.sysmon_operational\""},
                  {"process.pid", "4242"},
                  {"process.name", "\"whoami.exe\""},
                  {"process.args", "[\"whoami.exe\",\"/all\"]"},
                  {"process.start", "\"2026-05-04T03:02:01.123Z\""},
                  {"process.pe.original_file_name", "\"whoami.exe\""},
                  {"process.hash.md5", "\"0123456789abcdef0123456789abcdef\""},
                  {"process.parent.name", "\"cmd.exe\""},
                  {"process.parent.user.name", "\"bob\""},
                  {"user.domain", "\"CORP\""},
                  {"user.name", "\"alice\""},
                  {"related.user", "[\"alice\"]"}});
}

TEST_F(WindowsMappings, SysmonRegistry) {
  expect(sysmon(13, {{"EventType", "SetValue"},
                     {"TargetObject", "HKLM\\SOFTWARE\\Run\\x"},
                     {"Details", "DWORD (0x00000001)"}}),
         {{"event.action", "\"registry-value-set\""},
          {"event.category", "[\"configuration\",\"registry\"]"},
          {"registry.key", "\"SOFTWARE\\\\Run\""},
          {"registry.value", "\"x\""},
          {"registry.data.strings", "[\"DWORD (0x00000001)\"]"},
          {"registry.data.type", "\"REG_DWORD\""}});
  const Fields created = sysmon(12, {{"EventType", "CreateKey"}, {"TargetObject", "HKLM\\SOFTWARE\\Run\\x"}});
  expect(created, {{"event.type", "[\"creation\"]"}, {"registry.key", "\"SOFTWARE\\\\Run\\\\x\""}});
  EXPECT_EQ(created.count("registry.value"), 0u);
}

TEST_F(WindowsMappings, SysmonNetworkAndDns) {
  expect(sysmon(3, {{"Protocol", "TCP"},
                    {"Initiated", "true"},
                    {"SourceIp", "0:0:0:0:0:0:0:1"},
                    {"DestinationIp", "192.0.2.8"},
                    {"DestinationPort", "443"},
                    {"DestinationHostname", "-"}}),
         {{"network.direction", "\"egress\""},
          {"network.transport", "\"tcp\""},
          {"source.ip", "\"::1\""},
          {"destination.ip", "\"192.0.2.8\""},
          {"destination.port", "443"},
          {"related.ip", "[\"::1\",\"192.0.2.8\"]"}});
  expect(
      sysmon(22, {{"QueryName", "a.example"}, {"QueryStatus", "0"}, {"QueryResults", "::ffff:192.0.2.1;"}}),
      {{"dns.question.name", "\"a.example\""},
       {"dns.response_code", "\"NOERROR\""},
       {"dns.resolved_ip", "[\"192.0.2.1\"]"}});
}

TEST_F(WindowsMappings, SysmonFilesLibrariesAndPipes) {
  expect(sysmon(7, {{"Image", "C:\\a.exe"},
                    {"ImageLoaded", "C:\\b.dll"},
                    {"Signed", "true"},
                    {"Signature", "Vendor"},
                    {"SignatureStatus", "Valid"}}),
         {{"process.name", "\"a.exe\""},
          {"dll.name", "\"b.dll\""},
          {"dll.code_signature.exists", "true"},
          {"dll.code_signature.valid", "true"},
          {"dll.code_signature.subject_name", "\"Vendor\""}});
  expect(sysmon(15, {{"TargetFilename", "C:\\d\\a.zip:Zone.Identifier"},
                     {"Contents", "x HostUrl=https://e.example/a y"}}),
         {{"file.fork_name", "\"Zone.Identifier\""}, {"file.origin_url", "\"https://e.example/a\""}});
  expect(sysmon(17, {{"PipeName", "\\evil"}}),
         {{"file.name", "\"\\\\evil\""}, {"event.action", "\"pipe-created\""}});
}

TEST_F(WindowsMappings, EverySysmonEventHasAnAction) {
  for (std::int64_t id = 1; id <= 29; ++id) {
    const Fields fields = sysmon(id, {});
    EXPECT_EQ(fields.count("event.action"), 1u) << id;
    EXPECT_EQ(fields.count("event.category"), 1u) << id;
  }
  EXPECT_EQ(sysmon(255, {}).count("event.action"), 1u);
}

TEST_F(WindowsMappings, Logons) {
  const Fields logon = security(4624, {{"SubjectUserName", "-"},
                                       {"TargetUserName", "alice"},
                                       {"TargetDomainName", "CORP"},
                                       {"TargetUserSid", "S-1-5-21-1"},
                                       {"IpAddress", "192.0.2.5"},
                                       {"IpPort", "0"}});
  expect(logon, {{"event.action", "\"logged-in\""},
                 {"event.outcome", "\"success\""},
                 {"user.name", "\"alice\""},
                 {"user.target.name", "\"alice\""},
                 {"source.ip", "\"192.0.2.5\""}});
  EXPECT_EQ(logon.count("source.port"), 0u);
  expect(security(4625, {{"TargetUserName", "alice"}, {"Status", "0xC000006D"}, {"SubStatus", "0xC000006A"}}),
         {{"event.outcome", "\"failure\""},
          {"error.code", "\"0xC000006D\""},
          {"event.reason", "\"the password is wrong\""}});
  expect(security(4769, {{"TargetUserName", "alice@CORP.EXAMPLE"}, {"Status", "0x12"}}),
         {{"user.name", "\"alice\""}, {"event.outcome", "\"failure\""}});
}

TEST_F(WindowsMappings, SecurityProcessesObjectsAndGroups) {
  expect(security(4688, {{"SubjectUserName", "alice"},
                         {"NewProcessId", "0x1f4"},
                         {"NewProcessName", "C:\\a.exe"},
                         {"ProcessId", "0x10"},
                         {"ParentProcessName", "C:\\p.exe"}}),
         {{"process.pid", "500"}, {"process.parent.pid", "16"}, {"process.parent.name", "\"p.exe\""}});
  expect(security(4663,
                  {{"ObjectType", "Key"}, {"ObjectName", "\\REGISTRY\\MACHINE\\SAM"}, {"ProcessId", "0x10"}}),
         {{"registry.hive", "\"HKLM\""},
          {"event.category", "[\"configuration\",\"registry\"]"},
          {"process.pid", "16"}});
  expect(
      security(4732,
               {{"TargetUserName", "Administrators"}, {"MemberName", "CN=Eve,DC=x"}, {"MemberSid", "S-1"}}),
      {{"group.name", "\"Administrators\""}, {"user.target.name", "\"Eve\""}, {"user.target.id", "\"S-1\""}});
  expect(security(5156, {{"Direction", "%%14593"}, {"Protocol", "17"}, {"DestAddress", "192.0.2.1"}}),
         {{"network.direction", "\"egress\""},
          {"network.transport", "\"udp\""},
          {"destination.ip", "\"192.0.2.1\""}});
}

TEST_F(WindowsMappings, OtherChannels) {
  expect(map({"System",
              "Service Control Manager",
              7045,
              {{"ServiceName", "x"}, {"ImagePath", "%COMSPEC% /c a.exe"}}}),
         {{"service.name", "\"x\""},
          {"file.path", "\"%COMSPEC%\""},
          {"process.command_line", "\"%COMSPEC% /c a.exe\""}});
  expect(map({"Windows PowerShell",
              "PowerShell",
              400,
              {{"param1", "Available"},
               {"param3", "\tHostName=C\r\n\tHostApplication=powershell.exe -nop\r\n"}}}),
         {{"process.command_line", "\"powershell.exe -nop\""}, {"event.action", "\"engine-started\""}});
  expect(map({"Microsoft-Windows-PowerShell/Operational",
              "Microsoft-Windows-PowerShell",
              4104,
              {{"ScriptBlockText", "whoami"}}}),
         {{"message", "\"whoami\""}});
  expect(map({"Microsoft-Windows-Windows Defender/Operational",
              "Microsoft-Windows-Windows Defender",
              1116,
              {{"Threat Name", "T"}, {"Path", "file:_C:\\x\\y.exe"}, {"Detection User", "C\\bob"}}}),
         {{"event.kind", "\"alert\""},
          {"rule.name", "\"T\""},
          {"file.path", "\"C:\\\\x\\\\y.exe\""},
          {"file.name", "\"y.exe\""},
          {"user.name", "\"bob\""}});
}

}  // namespace
}  // namespace vedette::normalize
