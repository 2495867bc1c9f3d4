// The conversions of mappings, scalar and structured.

#include <gtest/gtest.h>

#include "mapping/convert.hpp"
#include "mapping/structured.hpp"
#include "mapping_harness.hpp"

namespace vedette::normalize {
namespace {

Fields convert_one(const std::string& item, const model::Value& value) {
  const Loaded loaded = load_mapping("mapping: a\nwhen: {k: x}\nfields:\n  f: " + item + "\n");
  for (const auto& diagnostic : loaded.diagnostics) ADD_FAILURE() << diagnostic.to_string();
  Fields fields = map_row(*loaded.set, {{"k", text("x")}, {"f", value}}).fields;
  fields.erase("k");
  fields.erase("f");
  fields.erase("related.ip");
  fields.erase("related.user");
  return fields;
}

struct ScalarCase {
  const char* as;
  const char* target;
  const char* given;
  const char* expected;  // JSON; nullptr: dropped
};

TEST(MappingConversions, Scalars) {
  const ScalarCase cases[] = {
      {"integer", "user.name", "0x3e7", "\"999\""},
      {"integer", "process.pid", " 12 ", "12"},
      {"integer", "process.pid", "12x", nullptr},
      {"integer", "process.pid", "0xFFFFFFFFFFFFFFFF", nullptr},
      {"hex", "process.pid", "c000006d", "3221225581"},
      {"real", "vulnerability.score.base", "9.8", "9.8"},
      {"boolean", "process.interactive", "FALSE", "false"},
      {"negate", "process.interactive", "true", "false"},
      {"port", "source.port", "443", "443"},
      {"port", "source.port", "0", nullptr},
      {"port", "source.port", "65536", nullptr},
      {"ip", "user.name", "10.0.0.1", "\"10.0.0.1\""},
      {"ip", "user.name", "[2001:DB8:0:0::1]", "\"2001:db8::1\""},
      {"ip", "user.name", "fe80::1%12", "\"fe80::1\""},
      {"ip", "user.name", "10.0.0.256", nullptr},
      {"time", "event.start", "2026-01-02 03:04:05.678", "\"2026-01-02T03:04:05.678Z\""},
      {"time", "event.start", "1767322800123", "\"2026-01-02T03:00:00.123Z\""},
      {"time", "event.start", "soon", nullptr},
      {"filetime", "event.start", "133170048000000000", "\"2023-01-01T00:00:00.000Z\""},
      {"filetime", "event.start", "0", nullptr},
      {"filetime", "event.start", "9223372036854775807", nullptr},
      {"seconds", "event.duration", "1.5", "1500000000"},
      {"milliseconds", "event.duration", "2", "2000000"},
      {"microseconds", "event.duration", "3", "3000"},
      {"lower", "user.name", "ABC\xC3\x84", "\"abc\xC3\x84\""},
      {"upper", "user.name", "aBc", "\"ABC\""},
      {"trim", "user.name", "  a b ", "\"a b\""},
      {"basename", "file.name", "C:\\a\\b.exe", "\"b.exe\""},
      {"basename", "file.name", "/usr/bin/id", "\"id\""},
      {"basename", "file.name", "plain", "\"plain\""},
      {"basename", "file.name", "C:\\", nullptr},
      {"dirname", "file.directory", "C:\\a\\b.exe", "\"C:\\\\a\""},
      {"dirname", "file.directory", "/id", "\"/\""},
      {"extension", "file.extension", "C:\\a.d\\b", nullptr},
      {"extension", "file.extension", "C:\\a\\b.tar.gz:Zone", "\"gz\""},
      {"extension", "file.extension", ".bashrc", nullptr},
      {"drive_letter", "file.drive_letter", "\\??\\d:\\x", "\"d\""},
      {"drive_letter", "file.drive_letter", "\\\\host\\c$", nullptr},
      {"host", "source.domain", "\\\\SRV01\\share", "\"SRV01\""},
      {"host", "source.domain", "https://u:p@h.example:8443/x", "\"h.example\""},
      {"host", "source.domain", "[2001:db8::1]:80", "\"2001:db8::1\""},
      {"host", "source.domain", "2001:db8::1", "\"2001:db8::1\""},
      {"strip_quotes", "user.name", "\"a\"", "\"a\""},
      {"mac", "source.mac", "00:00:5e:00:53:23", "\"00-00-5E-00-53-23\""},
      {"mac", "source.mac", "0000.5e00.5323", "\"00-00-5E-00-53-23\""},
      {"mac", "source.mac", "00:00:5e", nullptr},
  };
  for (const ScalarCase& one : cases) {
    const std::string item = std::string("{as: ") + one.as + ", to: " + one.target + "}";
    const Fields fields = convert_one(item, text(one.given));
    const auto found = fields.find(one.target);
    if (one.expected == nullptr) {
      EXPECT_EQ(found, fields.end()) << one.as << " of " << one.given;
    } else {
      ASSERT_NE(found, fields.end()) << one.as << " of " << one.given;
      EXPECT_EQ(found->second, one.expected) << one.as << " of " << one.given;
    }
  }
}

TEST(MappingConversions, CaptureSplitMapAndSteps) {
  EXPECT_EQ(
      convert_one("{capture: 'user=(\\w+)', as: upper, to: user.name}", text("x user=bob y")).at("user.name"),
      "\"BOB\"");
  EXPECT_TRUE(convert_one("{capture: 'user=(\\w+)', to: user.name}", text("none")).empty());
  EXPECT_EQ(convert_one("{split: [',', ' ; '], to: user.roles}", text("a, b ; c,,")).at("user.roles"),
            "[\"a\",\"b\",\"c\"]");
  EXPECT_EQ(
      convert_one("{split: ',', map: {a: [x, y], b: z}, to: user.roles}", text("A,b,c")).at("user.roles"),
      "[\"x\",\"y\",\"z\"]");
  EXPECT_EQ(
      convert_one("{map: {\"2\": interactive}, default: other, to: event.action}", model::Value::integer(2))
          .at("event.action"),
      "\"interactive\"");
  EXPECT_EQ(convert_one("{map: {\"2\": interactive}, default: other, to: event.action}", text("3"))
                .at("event.action"),
            "\"other\"");
  EXPECT_TRUE(convert_one("{map: {\"2\": interactive}, to: event.action}", text("3")).empty());
  EXPECT_EQ(convert_one("{as: [basename, lower], to: [file.name, process.name]}", text("C:\\A.EXE")),
            (Fields{{"file.name", "\"a.exe\""}, {"process.name", "\"a.exe\""}}));
  EXPECT_EQ(
      convert_one("{capture: '(?P<u>\\w+)@(?P<h>\\S+)', groups: {u: user.name, h: {as: ip, to: source.ip}}}",
                  text("bob@192.0.2.3")),
      (Fields{{"user.name", "\"bob\""}, {"source.ip", "\"192.0.2.3\""}}));
}

TEST(MappingConversions, ListsElementByElement) {
  const model::Value items[] = {text("A"), text("-"), text("B")};
  EXPECT_EQ(convert_one("{as: lower, to: user.roles}", model::Value::list(items)).at("user.roles"),
            "[\"a\",\"b\"]");
  const model::Value addresses[] = {text("x"), text("192.0.2.1")};
  EXPECT_EQ(convert_one("host.ip", model::Value::list(addresses)).at("host.ip"), "[\"192.0.2.1\"]");
  EXPECT_TRUE(convert_one("host.ip", model::Value::list({})).empty());
}

TEST(MappingConversions, Hashes) {
  EXPECT_EQ(
      convert_one("{as: hashes, to: process.hash}",
                  text("SHA1=0123456789ABCDEF0123456789ABCDEF01234567,MD5=0123456789ABCDEF0123456789ABCDEF,"
                       "IMPHASH=00000000000000000000000000000000,X=1,SHA256=12")),
      (Fields{{"process.hash.sha1", "\"0123456789abcdef0123456789abcdef01234567\""},
              {"process.hash.md5", "\"0123456789abcdef0123456789abcdef\""},
              {"process.pe.imphash", "\"00000000000000000000000000000000\""}}));
  EXPECT_EQ(convert_one("{as: hashes, to: process.hash}", text("0123456789ABCDEF0123456789ABCDEF")).size(),
            1u);
  EXPECT_TRUE(convert_one("{as: hashes, to: process.hash}", text("Unknown")).empty());
}

TEST(MappingConversions, Users) {
  const auto user = [](const char* given) { return convert_one("{as: domain_user, to: user}", text(given)); };
  EXPECT_EQ(user("NT AUTHORITY\\SYSTEM"),
            (Fields{{"user.domain", "\"NT AUTHORITY\""}, {"user.name", "\"SYSTEM\""}}));
  EXPECT_EQ(user("bob@corp.example"),
            (Fields{{"user.domain", "\"corp.example\""}, {"user.name", "\"bob\""}}));
  EXPECT_EQ(user("bob"), (Fields{{"user.name", "\"bob\""}}));
  EXPECT_EQ(user("\\bob"), (Fields{{"user.name", "\"bob\""}}));
}

std::string arguments(const char* line, bool posix = false) {
  base::Arena arena;
  std::vector<model::Value> args;
  posix ? split_posix_command_line(line, arena, args) : split_windows_command_line(line, arena, args);
  std::string out;
  for (const model::Value& arg : args) out += "<" + std::string(arg.as_string()) + ">";
  return out;
}

TEST(MappingConversions, CommandLines) {
  EXPECT_EQ(arguments("a.exe  -x  y"), "<a.exe><-x><y>");
  EXPECT_EQ(arguments("\"C:\\P F\\a.exe\" \"b c\" d"), "<C:\\P F\\a.exe><b c><d>");
  EXPECT_EQ(arguments("a \"b\\\"c\" d\\\\\"e f\" g\\h"), "<a><b\"c><d\\e f><g\\h>");
  EXPECT_EQ(arguments("a \"b\"\"c\" \"open"), "<a><b\"c><open>");
  EXPECT_EQ(arguments("a \"\""), "<a><>");
  EXPECT_EQ(arguments(""), "");
  EXPECT_EQ(arguments("sh -c 'a \"b\"' \"x\\$y\\z\" q\\ r", true), "<sh><-c><a \"b\"><x$y\\z><q r>");
  const Fields fields = convert_one("{as: command_line, to: process}", text("a b"));
  EXPECT_EQ(fields.at("process.args"), "[\"a\",\"b\"]");
  EXPECT_EQ(fields.at("process.args_count"), "2");
  EXPECT_EQ(fields.at("process.command_line"), "\"a b\"");
}

TEST(MappingConversions, Registry) {
  EXPECT_EQ(convert_one("{as: registry_value, to: registry}", text("HKLM\\SOFTWARE\\Run\\evil")),
            (Fields{{"registry.path", "\"HKLM\\\\SOFTWARE\\\\Run\\\\evil\""},
                    {"registry.hive", "\"HKLM\""},
                    {"registry.key", "\"SOFTWARE\\\\Run\""},
                    {"registry.value", "\"evil\""}}));
  EXPECT_EQ(convert_one("{as: registry_key, to: registry}", text("\\REGISTRY\\MACHINE\\SYSTEM\\X")),
            (Fields{{"registry.path", "\"\\\\REGISTRY\\\\MACHINE\\\\SYSTEM\\\\X\""},
                    {"registry.hive", "\"HKLM\""},
                    {"registry.key", "\"SYSTEM\\\\X\""}}));
  EXPECT_EQ(convert_one("{as: registry_key, to: registry}", text("nothing\\known")).size(), 1u);
}

TEST(MappingConversions, Urls) {
  EXPECT_EQ(convert_one("{as: url, to: url}", text("HTTPS://bob:pw@h.example:8443/a/b.php?q=1#top")),
            (Fields{{"url.original", "\"HTTPS://bob:pw@h.example:8443/a/b.php?q=1#top\""},
                    {"url.full", "\"HTTPS://bob:pw@h.example:8443/a/b.php?q=1#top\""},
                    {"url.scheme", "\"https\""},
                    {"url.username", "\"bob\""},
                    {"url.domain", "\"h.example\""},
                    {"url.port", "8443"},
                    {"url.path", "\"/a/b.php\""},
                    {"url.query", "\"q=1\""},
                    {"url.fragment", "\"top\""},
                    {"url.extension", "\"php\""}}));
  EXPECT_EQ(
      convert_one("{as: url, to: url}", text("/x?u=http://e")),
      (Fields{
          {"url.original", "\"/x?u=http://e\""}, {"url.path", "\"/x\""}, {"url.query", "\"u=http://e\""}}));
}

TEST(MappingConversions, DnsAnswers) {
  EXPECT_EQ(
      convert_one("{as: dns_answers, to: dns}", text("type:  5 a.example;::ffff:192.0.2.1;2001:DB8::1;")),
      (Fields{{"dns.answers.data", "[\"a.example\",\"192.0.2.1\",\"2001:db8::1\"]"},
              {"dns.answers.type", "[\"CNAME\",\"A\",\"AAAA\"]"},
              {"dns.resolved_ip", "[\"192.0.2.1\",\"2001:db8::1\"]"}}));
  EXPECT_TRUE(convert_one("{as: dns_answers, to: dns}", text("-")).empty());
}

TEST(MappingConversions, PathsAndAddresses) {
  EXPECT_EQ(convert_one("{as: path, to: file}", text("C:\\a\\b.exe")),
            (Fields{{"file.path", "\"C:\\\\a\\\\b.exe\""},
                    {"file.name", "\"b.exe\""},
                    {"file.directory", "\"C:\\\\a\""},
                    {"file.extension", "\"exe\""},
                    {"file.drive_letter", "\"C\""}}));
  EXPECT_EQ(
      convert_one("{as: address, to: source}", text("192.0.2.1:80")),
      (Fields{{"source.address", "\"192.0.2.1\""}, {"source.ip", "\"192.0.2.1\""}, {"source.port", "80"}}));
  EXPECT_EQ(convert_one("{as: address, to: source}", text("h.example")),
            (Fields{{"source.address", "\"h.example\""}, {"source.domain", "\"h.example\""}}));
}

TEST(MappingConversions, Pairs) {
  constexpr const char* kItem =
      "{as: pairs, keys: {HostApplication: {as: command_line, to: process}, UserId: {as: domain_user, to: "
      "user}}}";
  const Fields fields = convert_one(
      kItem, text("\tHostName=x\r\n\tHostApplication=ps.exe -e a=b\r\n\tUser Id=C\\bob\r\n\tbroken\r\n"));
  EXPECT_EQ(fields.at("process.command_line"), "\"ps.exe -e a=b\"");
  EXPECT_EQ(fields.at("user.name"), "\"bob\"");
  EXPECT_EQ(convert_one("{as: pairs, separator: '; ', assign: ': ', keys: {Who: user.name}}",
                        text("a: 1; who: bob")),
            (Fields{{"user.name", "\"bob\""}}));
}

TEST(MappingConversions, HostileTextTakesLinearTime) {
  const Loaded loaded = load_mapping(R"(
mapping: a
when: {k: x}
fields:
  f:
    - {as: command_line, to: process}
    - {as: hashes, to: process.hash}
    - {as: url, to: url}
    - {as: dns_answers, to: dns}
    - {as: path, to: file}
    - {as: registry_value, to: registry}
    - {split: [',', ';;'], to: user.roles}
    - {capture: '(a+)+$', to: user.name}
    - {as: pairs, keys: {a: user.domain}}
)");
  ASSERT_TRUE(loaded.diagnostics.empty());
  // Anything worse than linear would not end within the time that a test may take.
  for (const std::string_view unit :
       {"\"", "\\\"", "\" ", "a=,", "=", ";", ";;", "\\", "a", "://", "@", "\n=", "\xff"}) {
    std::string hostile;
    while (hostile.size() < 1'000'000) hostile += unit;
    map_row(*loaded.set, {{"k", text("x")}, {"f", text(hostile)}});
  }
}

}  // namespace
}  // namespace vedette::normalize
