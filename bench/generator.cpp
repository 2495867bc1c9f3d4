#include "generator.hpp"

#include <array>
#include <cstdint>
#include <string_view>

#include <fmt/format.h>

namespace vedette::bench {
namespace {

// SplitMix64: small, fast and the same everywhere.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  std::uint64_t below(std::uint64_t bound) { return next() % bound; }
  // Zipf-like: small numbers are common.
  std::uint64_t skewed(std::uint64_t bound) { return below(below(below(bound) + 1) + 1); }
  std::string hex(int digits) {
    std::string text;
    while (static_cast<int>(text.size()) < digits) text += fmt::format("{:016X}", next());
    text.resize(static_cast<std::size_t>(digits));
    return text;
  }

 private:
  std::uint64_t state_;
};

// With JSON's escapes.
constexpr std::array<std::string_view, 5> kPrograms = {
    R"(C:\\Windows\\System32\\svchost.exe)", R"(C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe)",
    R"(C:\\Windows\\System32\\RuntimeBroker.exe)", R"(C:\\Windows\\System32\\taskhostw.exe)",
    R"(C:\\Program Files\\Microsoft Office\\root\\Office16\\OUTLOOK.EXE)"};
constexpr std::string_view kParent = R"(C:\\Windows\\System32\\services.exe)";

std::string hashes(Random& random) {
  return fmt::format("SHA1={},MD5={},SHA256={},IMPHASH={}", random.hex(40), random.hex(32), random.hex(64),
                     random.hex(32));
}

std::string_view program(Random& random) {
  return kPrograms[random.skewed(kPrograms.size())];
}

std::string process_fields(Random& random) {
  const std::string_view image = program(random);
  const std::size_t name = image.rfind('\\') + 1;
  return fmt::format(
      R"("EventID":1,"ProcessGuid":"{{{}}}","ProcessId":{},"Image":"{}","FileVersion":"10.0.19041.1",)"
      R"("Description":"Host Process","Product":"Microsoft Windows","Company":"Microsoft Corporation",)"
      R"("OriginalFileName":"{}","CommandLine":"\"{}\" -k netsvcs -p -s Service{} --id={}","CurrentDirectory":"C:\\Users\\u{}\\",)"
      R"("User":"CORP\\u{}","LogonGuid":"{{{}}}","LogonId":"0x{:x}","IntegrityLevel":"Medium","Hashes":"{}",)"
      R"("ParentProcessGuid":"{{{}}}","ParentProcessId":{},"ParentImage":"{}","ParentCommandLine":"{}")",
      random.hex(32), random.below(65536), image, image.substr(name), image, random.skewed(100),
      random.below(1000000), random.skewed(500), random.skewed(500), random.hex(32), random.below(1 << 24),
      hashes(random), random.hex(32), random.below(65536), kParent, kParent);
}

std::string connection_fields(Random& random) {
  return fmt::format(
      R"("EventID":3,"Image":"{}","User":"CORP\\u{}","Protocol":"tcp","Initiated":"true","SourceIp":"10.1.{}.{}",)"
      R"("SourcePort":{},"DestinationIp":"198.51.100.{}","DestinationPort":443,"DestinationHostname":"host{}.example.com")",
      kPrograms[1], random.skewed(500), random.below(255), random.below(255), 49152 + random.below(16000),
      random.below(255), random.skewed(5000));
}

std::string registry_fields(Random& random) {
  return fmt::format(
      R"("EventID":13,"EventType":"SetValue","Image":"{}","TargetObject":"HKLM\\SOFTWARE\\Vendor\\Product\\Setting{}",)"
      R"x("Details":"DWORD (0x{:08x})","User":"CORP\\u{}")x",
      program(random), random.skewed(1000), random.below(1u << 31), random.skewed(500));
}

std::string image_fields(Random& random) {
  return fmt::format(
      R"("EventID":7,"Image":"{}","ImageLoaded":"C:\\Windows\\System32\\module{}.dll","Signed":"true",)"
      R"("Signature":"Microsoft Windows","SignatureStatus":"Valid","Company":"Microsoft Corporation",)"
      R"("OriginalFileName":"module.dll","Hashes":"{}","User":"CORP\\u{}")",
      program(random), random.skewed(300), hashes(random), random.skewed(500));
}

std::string file_fields(Random& random) {
  return fmt::format(
      R"("EventID":11,"Image":"{}","TargetFilename":"C:\\Users\\u{}\\AppData\\Local\\Vendor\\cache{}.tmp",)"
      R"("CreationUtcTime":"2026-11-03 09:00:00.000","User":"CORP\\u{}")",
      program(random), random.skewed(500), random.below(100000), random.skewed(500));
}

std::string dns_fields(Random& random) {
  return fmt::format(
      R"("EventID":22,"Image":"{}","QueryName":"host{}.example.com","QueryStatus":"0","QueryResults":"::ffff:198.51.100.{};")",
      kPrograms[1], random.skewed(5000), random.below(255));
}

}  // namespace

std::string sysmon_ndjson(std::size_t events) {
  Random random(7);
  std::string out;
  out.reserve(events * 950);
  for (std::size_t i = 0; i < events; ++i) {
    const std::uint64_t kind = random.below(100);
    const std::string fields = kind < 40   ? process_fields(random)
                               : kind < 55 ? connection_fields(random)
                               : kind < 70 ? registry_fields(random)
                               : kind < 82 ? image_fields(random)
                               : kind < 92 ? file_fields(random)
                                           : dns_fields(random);
    out += fmt::format(
        R"({{"EventTime":"2026-11-03 {:02}:{:02}:{:02}","Hostname":"wks{}.corp.example.com","Severity":"INFO",)"
        R"("Channel":"Microsoft-Windows-Sysmon/Operational","SourceName":"Microsoft-Windows-Sysmon",)"
        R"("ProviderGuid":"{{5770385F-C22A-43E0-BF4C-06F5698FFBD9}}","RecordNumber":{},)"
        R"("UtcTime":"2026-11-03 09:00:00.123","RuleName":"-",{}}})"
        "\n",
        i / 360000 % 24, i / 6000 % 60, i / 100 % 60, random.skewed(200), i, fields);
  }
  return out;
}

std::string sshd_syslog(std::size_t lines) {
  Random random(11);
  std::string out;
  out.reserve(lines * 100);
  for (std::size_t i = 0; i < lines; ++i) {
    out += fmt::format(
        "Nov  3 {:02}:{:02}:{:02} web{:02} sshd[{}]: Accepted publickey for u{} from 10.0.{}.{} port {} "
        "ssh2\n",
        i / 360000 % 24, i / 6000 % 60, i / 100 % 60, random.below(20), random.below(30000),
        random.skewed(300), random.below(255), random.below(255), 1024 + random.below(60000));
  }
  return out;
}

}  // namespace vedette::bench
