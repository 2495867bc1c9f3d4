#include "store_pools.hpp"

#include <array>
#include <string_view>

#include <fmt/format.h>

namespace vedette::bench {
namespace {

constexpr std::array<std::string_view, 24> kSyllables = {
    "al",  "bor", "cen", "dra", "el",  "fin", "gor", "hal", "is", "jor", "kel", "lun",
    "mar", "nor", "ost", "per", "qua", "ros", "sil", "tor", "ul", "vin", "wes", "yor"};
constexpr std::array<std::string_view, 8> kFolders = {"C:\\Windows\\System32\\",
                                                      "C:\\Windows\\",
                                                      "C:\\Program Files\\{}\\",
                                                      "C:\\Program Files (x86)\\{}\\",
                                                      "C:\\Program Files\\Common Files\\{}\\",
                                                      "C:\\ProgramData\\{}\\bin\\",
                                                      "C:\\Windows\\SysWOW64\\",
                                                      "C:\\Users\\Public\\Apps\\{}\\"};
constexpr std::array<std::string_view, 16> kKnownNames = {"svchost.exe",    "chrome.exe",
                                                          "powershell.exe", "cmd.exe",
                                                          "explorer.exe",   "msedge.exe",
                                                          "outlook.exe",    "taskhostw.exe",
                                                          "conhost.exe",    "rundll32.exe",
                                                          "wmiprvse.exe",   "teams.exe",
                                                          "excel.exe",      "backgroundtaskhost.exe",
                                                          "msiexec.exe",    "schtasks.exe"};
constexpr std::array<std::string_view, 12> kArguments = {
    " -k netsvcs -p -s Schedule#",
    " --type=renderer --lang=en-US --device-scale-factor=1 --renderer-client-id=### "
    "--launch-time-ticks=######### "
    "--mojo-platform-channel-handle=#### /prefetch:1",
    " -NoProfile -NonInteractive -ExecutionPolicy Bypass -File C:\\Scripts\\inventory_###.ps1 -Session "
    "######",
    " /c \"C:\\Tools\\collect.bat\" /run:###### /quiet",
    " /Embedding",
    " -ServerName:App.AppX########.mca",
    " 0xffffffff -ForceV1",
    " C:\\Users\\Public\\Documents\\report_######.xlsx /dde",
    " /i C:\\ProgramData\\Package Cache\\setup_####.msi /qn /l*v C:\\Windows\\Temp\\install_######.log",
    " --profile-directory=Default --single-argument https://portal.corp.example.com/ticket/########",
    " -Embedding -id ####",
    " /Create /TN \"\\Company\\Sync ####\" /SC MINUTE /MO ## /TR C:\\Tools\\sync.exe"};

std::string word(Random& random, std::uint32_t syllables) {
  std::string out;
  for (std::uint32_t i = 0; i < syllables; ++i) out += kSyllables[random.below(kSyllables.size())];
  return out;
}

ProcessImage make_process(Random& random, std::uint32_t rank) {
  ProcessImage out;
  const std::string product = word(random, 3);
  const std::string_view folder = rank < kKnownNames.size() ? kFolders[0] : kFolders[random.below(8)];
  out.name = rank < kKnownNames.size() ? std::string(kKnownNames[rank]) : word(random, 3) + ".exe";
  out.path = fmt::format(fmt::runtime(folder), product) + out.name;
  out.original_name = out.name;
  out.company = rank < kKnownNames.size() ? "Microsoft Corporation" : product + " Software GmbH";
  out.md5 = hex_text(random.next(), 32);
  out.sha256 = hex_text(random.next(), 64);
  out.imphash = hex_text(random.next(), 32);
  for (int i = 0; i < 3; ++i) out.arguments.emplace_back(kArguments[random.below(kArguments.size())]);
  return out;
}

std::string make_path(Random& random) {
  static constexpr std::array<std::string_view, 6> kEnds = {".html", ".js", ".css", ".png", "", "/"};
  std::string out;
  for (std::uint32_t i = 0, depth = 1 + random.below(4); i < depth; ++i) out += "/" + word(random, 2);
  return out + std::string(kEnds[random.below(kEnds.size())]);
}

std::string make_agent(Random& random) {
  static constexpr std::array<std::string_view, 4> kSystems = {
      "Windows NT 10.0; Win64; x64", "Macintosh; Intel Mac OS X 10_15_7", "X11; Linux x86_64",
      "iPhone; CPU iPhone OS 17_4 like Mac OS X"};
  return fmt::format(
      "Mozilla/5.0 ({}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.{}.{} Safari/537.36",
      kSystems[random.below(4)], 100 + random.below(40), 4000 + random.below(3000), random.below(200));
}

void fill_directory(StorePools& pools, Random& random) {
  for (std::uint32_t i = 0; i < StorePools::kUsers; ++i) {
    const std::string name = fmt::format("{}.{}{}", word(random, 1), word(random, 2), i);
    pools.users.push_back(
        {name, fmt::format("S-1-5-21-1004336348-1177238915-682003330-{}", 1000 + i), "CORP\\" + name});
  }
  for (std::uint32_t i = 0; i < StorePools::kHosts; ++i) {
    const std::string name = fmt::format("{}{:04}", i % 10 == 0 ? "srv" : "wks", i);
    pools.hosts.push_back({name, name + ".corp.example.com",
                           fmt::format("10.{}.{}.{}", 20 + i / 500, i / 250 % 8, 1 + i % 250)});
  }
}

}  // namespace

std::string hex_text(std::uint64_t seed, std::size_t digits, bool upper) {
  const char* const alphabet = upper ? "0123456789ABCDEF" : "0123456789abcdef";
  std::string out;
  Random random(seed, 7);
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < digits; ++i, bits >>= 4) {
    if (i % 16 == 0) bits = random.next();
    out += alphabet[bits & 15];
  }
  return out;
}

Zipf::Zipf(std::uint32_t ranks) {
  double total = 0;
  for (std::uint32_t i = 1; i <= ranks; ++i) total += 1.0 / i;
  double sum = 0;
  for (std::uint32_t i = 0; i < ranks; ++i) {
    sum += 1.0 / (i + 1);
    const auto to = static_cast<std::size_t>(sum / total * 65536.0);
    while (table_.size() < to && table_.size() < 65536) table_.push_back(i);
  }
  table_.resize(65536, ranks - 1);
}

StorePools::StorePools(std::uint64_t wanted_seed)
    : seed(wanted_seed),
      user_rank(kUsers),
      host_rank(kHosts),
      process_rank(kProcesses),
      address_rank(20'000),
      domain_rank(8'000),
      path_rank(4'000),
      agent_rank(300),
      key_rank(2'000) {
  Random random(seed, ~0ULL);
  fill_directory(*this, random);
  for (std::uint32_t i = 0; i < kProcesses; ++i) processes.push_back(make_process(random, i));
  for (int i = 0; i < 20'000; ++i) {
    addresses.push_back(fmt::format("{}.{}.{}.{}", 11 + random.below(89), random.below(256),
                                    random.below(256), 1 + random.below(254)));
  }
  for (int i = 0; i < 8'000; ++i) {
    domains.push_back(fmt::format("{}.{}.{}", word(random, 1), word(random, 3), i % 3 == 0 ? "org" : "com"));
  }
  for (int i = 0; i < 4'000; ++i) paths.push_back(make_path(random));
  for (int i = 0; i < 300; ++i) agents.push_back(make_agent(random));
  for (int i = 0; i < 2'000; ++i) {
    registry_keys.push_back(fmt::format("SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\{}\\{}",
                                        word(random, 3), word(random, 2)));
    file_names.push_back(
        fmt::format("AppData\\Local\\{}\\{}\\{}.tmp", word(random, 3), word(random, 2), word(random, 3)));
  }
}

}  // namespace vedette::bench
