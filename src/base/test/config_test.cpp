#include "vedette/base/config.hpp"

#include <filesystem>
#include <fstream>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "vedette/base/text.hpp"
#include "vedette/base/yaml.hpp"

namespace vedette::base {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

std::vector<ConfigKey> test_schema() {
  return {
      {.name = "data",
       .type = ConfigType::section,
       .summary = "Where data is kept.",
       .members =
           {{.name = "folder", .default_value = "/var/lib/x", .summary = "The folder."},
            {.name = "sync", .default_value = "always", .summary = "When.", .choices = {"always", "never"}},
            {.name = "max_bytes", .type = ConfigType::bytes, .default_value = "1GiB", .min = 4096},
            {.name = "max_age",
             .type = ConfigType::duration,
             .default_value = "7d",
             .summary = "How long.",
             .min = 0,
             .max = 100 * 86400 * kNsPerSecond}}},
      {.name = "threads", .type = ConfigType::integer, .default_value = "2", .min = 1, .max = 64},
      {.name = "factor", .type = ConfigType::real, .default_value = "0.5"},
      {.name = "enabled", .type = ConfigType::boolean, .default_value = "true"},
      {.name = "password", .type = ConfigType::secret, .summary = "Never | printed."},
      {.name = "key_file"},
      {.name = "folders", .type = ConfigType::texts, .default_value = "a,b"},
      {.name = "tables",
       .type = ConfigType::sections,
       .summary = "Tables.",
       .members = {{.name = "file", .required = true},
                   {.name = "on", .type = ConfigType::texts},
                   {.name = "token", .type = ConfigType::secret},
                   {.name = "tls", .type = ConfigType::section, .members = {{.name = "ca"}}}}},
  };
}

LoadedConfig load(const std::string& yaml, const std::map<std::string, std::string>& environment = {}) {
  return load_config(test_schema(), {"v.yaml", yaml, environment});
}

std::vector<std::string> texts_of(const Diagnostics& diagnostics) {
  std::vector<std::string> out;
  for (const auto& diagnostic : diagnostics) out.push_back(diagnostic.to_string());
  return out;
}

TEST(ConfigTest, GivesDefaults) {
  for (const std::string yaml : {"", "# nothing\n", "data:\n# all commented out\ntables:\nfolders:\n"}) {
    const auto loaded = load(yaml);
    EXPECT_THAT(texts_of(loaded.diagnostics), IsEmpty());
    EXPECT_EQ(loaded.root.section("data").text("folder"), "/var/lib/x");
    EXPECT_EQ(loaded.root.section("data").bytes("max_bytes"), std::uint64_t{1} << 30);
    EXPECT_EQ(loaded.root.section("data").duration("max_age"), 7 * 86400 * kNsPerSecond);
    EXPECT_EQ(loaded.root.integer("threads"), 2);
    EXPECT_EQ(loaded.root.real("factor"), 0.5);
    EXPECT_TRUE(loaded.root.boolean("enabled"));
    EXPECT_THAT(loaded.root.texts("folders"), ElementsAre("a", "b"));
    EXPECT_THAT(loaded.root.sections("tables"), IsEmpty());
    EXPECT_TRUE(loaded.root.is_default("data"));
    EXPECT_TRUE(loaded.root.is_default("threads"));
  }
  EXPECT_THAT(load_config(test_schema(), {}).diagnostics, IsEmpty());
}

TEST(ConfigTest, ReadsTheFile) {
  const auto loaded = load(R"(
data: {folder: 8686, sync: never, max_bytes: 10 GB, max_age: 36h}
threads: 64
factor: 3
enabled: false
password: "p: #"
folders: one
tables:
  - file: a.csv
    on: [x, "y, z"]
  - {file: b.csv, token: t}
)");
  EXPECT_THAT(texts_of(loaded.diagnostics), IsEmpty());
  const auto& data = loaded.root.section("data");
  EXPECT_EQ(data.text("folder"), "8686");
  EXPECT_EQ(data.text("sync"), "never");
  EXPECT_EQ(data.bytes("max_bytes"), 10'000'000'000u);
  EXPECT_EQ(data.duration("max_age"), 36 * 3600 * kNsPerSecond);
  EXPECT_EQ(loaded.root.integer("threads"), 64);
  EXPECT_EQ(loaded.root.real("factor"), 3.0);
  EXPECT_FALSE(loaded.root.boolean("enabled"));
  EXPECT_EQ(loaded.root.text("password"), "p: #");
  EXPECT_THAT(loaded.root.texts("folders"), ElementsAre("one"));
  const auto& tables = loaded.root.sections("tables");
  ASSERT_THAT(tables, SizeIs(2));
  EXPECT_THAT(tables[0].texts("on"), ElementsAre("x", "y, z"));
  EXPECT_EQ(tables[1].text("token"), "t");
  EXPECT_EQ(tables[1].section("tls").text("ca"), "");
  EXPECT_FALSE(loaded.root.is_default("data"));
  EXPECT_TRUE(tables[0].is_default("token"));
}

struct Mistake {
  std::string yaml;
  std::string place;  // "line:column"
  std::string message;
  std::string help;
};

TEST(ConfigTest, TellsMistakesWithTheirPlace) {
  const std::vector<Mistake> mistakes = {
      {"thraeds: 3", "1:1", "there is no key thraeds [config-unknown-key]", "did you mean threads?"},
      {"data:\n  Folder: x", "2:3", "there is no key data.Folder", "did you mean data.folder?"},
      {"sync: never", "1:1", "there is no key sync", "did you mean data.sync?"},
      {"tables:\n- file: x\n  tls: {caa: 1}", "3:9", "there is no key tables[0].tls.caa",
       "tables[0].tls.ca?"},
      {"zzzzzzzzz: 1", "1:1", "there is no key zzzzzzzzz", "config docs"},
      {"? [a]\n: 1", "1:3", "there is no key (a list)", ""},
      {"threads: two", "1:10", "threads: \"two\" is no whole number (such as 42) [config-type]", ""},
      {"threads: \"2\"", "1:10", "threads: \"2\" is no whole number", "without quotes"},
      {"threads: 0", "1:10", "threads: 0 is out of bounds: 1 to 64 [config-range]", ""},
      {"threads: [1]", "1:10", "threads is a whole number, but a list stands here", ""},
      {"threads:", "1:9", "threads is a whole number, but nothing stands here", "leave the key out"},
      {"enabled: yes", "1:10", "enabled: \"yes\" is no true or false", "true or false"},
      {"factor: x", "1:9", "factor: \"x\" is no number", ""},
      {"data: {max_bytes: 4 parsecs}", "1:19", "such as 64MiB", ""},
      {"data: {max_bytes: 1KiB}", "1:19", "1KiB is out of bounds: at least 4KiB", ""},
      {"data: {max_bytes: 99999999999TiB}", "1:19", "such as 64MiB", ""},
      {"data: {max_age: 7 days}", "1:17", "such as 250ms", ""},
      {"data: {max_age: -1s}", "1:17", "such as 250ms", ""},
      {"data: {max_age: 101d}", "1:17", "101d is out of bounds: 0s to 100d", ""},
      {"data: {sync: newer}", "1:14", "\"newer\" is none of always, never; did you mean never?", ""},
      {"data: 3", "1:7", "data is a section of keys, but a single value stands here", ""},
      {"tables: {file: x}", "1:9", "tables is a list of sections, but a mapping stands here", "dash"},
      {"tables: [x]", "1:10", "tables[0] is a section of keys", ""},
      {"tables: [{on: x}]", "1:10", "tables[0] needs file [config-required]", ""},
      {"folders: [[x]]", "1:11", "an item of folders is a text", ""},
      {"threads: 1\nthreads: 2", "2:1", "duplicate key \"threads\" [yaml-duplicate-key]", "line 1"},
      {"- x", "1:1", "a configuration is a mapping of keys, but a list stands here", ""},
      {"threads: 1\n---\nthreads: 2", "3:1", "one document", ""},
      {"threads: [", "2:1", "yaml-syntax", ""},
  };
  for (const auto& mistake : mistakes) {
    SCOPED_TRACE(mistake.yaml);
    const auto loaded = load(mistake.yaml);
    ASSERT_THAT(loaded.diagnostics, SizeIs(1));
    const std::string text = loaded.diagnostics[0].to_string();
    EXPECT_THAT(text, HasSubstr("v.yaml:" + mistake.place + ": error: "));
    EXPECT_THAT(text, HasSubstr(mistake.message));
    EXPECT_THAT(text, HasSubstr(mistake.help));
  }
}

TEST(ConfigTest, MistakesLeaveTheDefault) {
  const auto loaded = load("threads: 999\ndata: {sync: x, folder: kept}\nenabled: maybe");
  EXPECT_EQ(loaded.root.integer("threads"), 2);
  EXPECT_EQ(loaded.root.section("data").text("sync"), "always");
  EXPECT_EQ(loaded.root.section("data").text("folder"), "kept");
  EXPECT_TRUE(loaded.root.boolean("enabled"));
}

TEST(ConfigTest, BoundsDiagnostics) {
  std::string yaml;
  for (int i = 0; i < 50'000; ++i) yaml += "k" + std::to_string(i) + ": 1\n";
  const auto loaded = load(yaml);
  EXPECT_THAT(loaded.diagnostics, SizeIs(100));
  EXPECT_THAT(loaded.diagnostics.back().message, HasSubstr("not shown"));
}

TEST(ConfigTest, EnvironmentWins) {
  const auto loaded = load("threads: 3\ndata: {folder: x}\ntables: [{file: a}, {file: b}]",
                           {{"VEDETTE__THREADS", "4"},
                            {"VEDETTE__data__MAX_AGE", "1h"},
                            {"VEDETTE__ENABLED", "off"},
                            {"VEDETTE__FOLDERS", "x, y,,z"},
                            {"VEDETTE__KEY_FILE", "/key"},
                            {"VEDETTE__TABLES__1__ON", "u"},
                            {"VEDETTE__TABLES__2__FILE", "c"},
                            {"VEDETTE__TABLES__2__TLS__CA", "d"},
                            {"VEDETTE_SHARED", "ignored"},
                            {"PATH", "ignored"}});
  EXPECT_THAT(texts_of(loaded.diagnostics), IsEmpty());
  EXPECT_EQ(loaded.root.integer("threads"), 4);
  EXPECT_EQ(loaded.root.section("data").duration("max_age"), 3600 * kNsPerSecond);
  EXPECT_EQ(loaded.root.section("data").text("folder"), "x");
  EXPECT_FALSE(loaded.root.boolean("enabled"));
  EXPECT_THAT(loaded.root.texts("folders"), ElementsAre("x", "y", "z"));
  EXPECT_EQ(loaded.root.text("key_file"), "/key");
  const auto& tables = loaded.root.sections("tables");
  ASSERT_THAT(tables, SizeIs(3));
  EXPECT_EQ(tables[1].text("file"), "b");
  EXPECT_THAT(tables[1].texts("on"), ElementsAre("u"));
  EXPECT_EQ(tables[2].text("file"), "c");
  EXPECT_EQ(tables[2].section("tls").text("ca"), "d");
}

TEST(ConfigTest, TellsMistakesOfTheEnvironment) {
  const std::vector<std::pair<std::map<std::string, std::string>, std::string>> mistakes = {
      {{{"VEDETTE__THRAEDS", "1"}},
       "VEDETTE__THRAEDS: error: there is no key thraeds [config-unknown-key]\n"
       "  help: did you mean VEDETTE__THREADS?"},
      {{{"VEDETTE__SYNC", "1"}}, "did you mean VEDETTE__DATA__SYNC?"},
      {{{"VEDETTE__TABLES__0__TOKE", "1"}, {"VEDETTE__TABLES__0__FILE", "1"}}, "VEDETTE__TABLES__0__TOKEN?"},
      {{{"VEDETTE__DATA", "x"}}, "data is a section"},
      {{{"VEDETTE__DATA_FILE", "x"}}, "there is no key data_file"},
      {{{"VEDETTE__THREADS__X", "1"}}, "threads is no section"},
      {{{"VEDETTE__TABLES__X__FILE", "1"}}, "tables is a list"},
      {{{"VEDETTE__TABLES__100000__FILE", "1"}}, "tables is a list"},
      {{{"VEDETTE__TABLES__1__FILE", "1"}}, "variables set item 1 of tables, which has 0 items"},
      {{{"VEDETTE__TABLES__0__ON", "1"}}, "tables[0] needs file"},
      {{{"VEDETTE__THREADS", "x"}}, "VEDETTE__THREADS: error: threads: \"x\" is no whole number"},
      {{{"VEDETTE__THREADS", "1"}, {"VEDETTE__threads", "1"}}, "it sets what VEDETTE__THREADS sets, too"},
      {{{"VEDETTE__PASSWORD_FILE", "/does/not/exist"}}, "VEDETTE__PASSWORD_FILE: error: "},
      {{{"VEDETTE__", "x"}}, "there is no key"},
      {{{"VEDETTE__PASSWORD", "\xff"}}, "password: the value is not allowed"},
  };
  for (const auto& [environment, expected] : mistakes) {
    const auto loaded = load("", environment);
    ASSERT_THAT(loaded.diagnostics, SizeIs(1)) << expected;
    EXPECT_THAT(loaded.diagnostics[0].to_string(), HasSubstr(expected));
    EXPECT_TRUE(has_errors(loaded.diagnostics));
  }
}

class ConfigFileTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "vedette-config-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }
  std::string put(const std::string& name, const std::string& text, mode_t mode = 0600) const {
    const std::string path = folder_ + "/" + name;
    std::ofstream(path, std::ios::binary) << text;
    EXPECT_EQ(::chmod(path.c_str(), mode), 0);
    return path;
  }
  std::string folder_;
};

TEST_F(ConfigFileTest, ReadsSecretsFromFiles) {
  const auto loaded = load("password: y", {{"VEDETTE__PASSWORD_FILE", put("p", " s3cret \n")},
                                           {"VEDETTE__THREADS_FILE", put("t", "7\r\n")},
                                           {"VEDETTE__KEY_FILE_FILE", put("k", "/path")},
                                           {"VEDETTE__TABLES__0__FILE_FILE", put("f", "a\n\n")}});
  EXPECT_THAT(texts_of(loaded.diagnostics), IsEmpty());
  EXPECT_EQ(loaded.root.text("password"), " s3cret ");
  EXPECT_EQ(loaded.root.integer("threads"), 7);
  EXPECT_EQ(loaded.root.text("key_file"), "/path");
  EXPECT_EQ(loaded.root.sections("tables").at(0).text("file"), "a\n");
}

TEST_F(ConfigFileTest, WarnsOfReadableSecrets) {
  for (const mode_t mode : {0640, 0604, 0444}) {
    const auto loaded = load("", {{"VEDETTE__PASSWORD_FILE", put("p", "x", mode)}});
    ASSERT_THAT(loaded.diagnostics, SizeIs(1));
    EXPECT_EQ(loaded.diagnostics[0].severity, Severity::warning);
    EXPECT_THAT(loaded.diagnostics[0].message, HasSubstr("can be read by others"));
    EXPECT_EQ(loaded.root.text("password"), "x");
  }
}

TEST(ConfigTest, PrintsWithoutSecrets) {
  const auto loaded = load("password: hunter2\ntables: [{file: f, token: tok3n}, {file: g}]");
  const std::string text = print_config(test_schema(), loaded.root);
  EXPECT_EQ(text, R"(# Where data is kept.
data:
  # The folder.
  folder: /var/lib/x
  # When.
  sync: always
  max_bytes: 1GiB
  # How long.
  max_age: 1w
threads: 2
factor: 0.5
enabled: true
# Never | printed.
password: "********"
key_file: ""
folders: [a, b]
# Tables.
tables:
  - file: f
    on: []
    token: "********"
    tls:
      ca: ""
  - file: g
    on: []
    token: ""
    tls:
      ca: ""
)");
  const auto again = load(text);
  EXPECT_THAT(again.diagnostics, SizeIs(2));
  EXPECT_FALSE(has_errors(again.diagnostics));
}

std::string random_text(std::mt19937& random) {
  static const std::vector<std::string> kPieces = {
      "a",  "Z",  "0",    "-",    " ",      ":",      "#",      "'",          "\"", "\\",  "\n",
      "\t", "\r", "\x01", "é",    "~",      "null",   "true",   "[",          "{",  "&",   "*",
      "!",  "%",  "@",    "\x7f", "\u0085", "\u2028", "\ufeff", "\U0001f600", ",",  "\x1b"};
  std::string out;
  for (auto length = random() % 6; length > 0; --length) out += kPieces[random() % kPieces.size()];
  return out;
}

std::string random_config(std::mt19937& random) {
  // Texts come by JSON-like escapes of a reader that is not the printer under test.
  const auto quoted = [&random] {
    std::string out = "\"";
    const std::string text = random_text(random);
    for (std::size_t at = 0; at < text.size();) {
      char escape[16];
      std::snprintf(escape, sizeof escape, "\\U%08x", static_cast<unsigned>(decode_utf8(text, at)));
      out += escape;
    }
    return out + "\"";
  };
  std::string out =
      "data: {folder: " + quoted() + ", max_bytes: " + std::to_string(4096 + random() % 1'000'000) +
      (random() % 2 ? "MB" : "KiB") + ", max_age: " + std::to_string(random() % 90'000) + "s}\n";
  out += "factor: " + std::to_string(static_cast<double>(random()) / 1e3) + "\n";
  out += "enabled: " + std::string(random() % 2 ? "true" : "false") + "\nfolders: [";
  for (auto count = random() % 4; count > 0; --count) out += quoted() + ", ";
  out += "]\ntables:\n";
  for (auto count = random() % 3; count > 0; --count) {
    out += "  - {file: " + quoted() + ", on: [" + quoted() + "]}\n";
  }
  return out;
}

TEST(ConfigTest, PrintedConfigurationLoadsToTheSameValues) {
  const unsigned seed = 20261124;
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 500; ++round) {
    const std::string yaml = random_config(random);
    SCOPED_TRACE(yaml);
    const auto first = load(yaml);
    ASSERT_THAT(texts_of(first.diagnostics), IsEmpty());
    const auto second = load(print_config(test_schema(), first.root));
    ASSERT_THAT(texts_of(second.diagnostics), IsEmpty());
    const auto &a = first.root, &b = second.root;
    EXPECT_EQ(a.section("data").text("folder"), b.section("data").text("folder"));
    EXPECT_EQ(a.section("data").bytes("max_bytes"), b.section("data").bytes("max_bytes"));
    EXPECT_EQ(a.section("data").duration("max_age"), b.section("data").duration("max_age"));
    EXPECT_EQ(a.real("factor"), b.real("factor"));
    EXPECT_EQ(a.boolean("enabled"), b.boolean("enabled"));
    EXPECT_EQ(a.texts("folders"), b.texts("folders"));
    ASSERT_EQ(a.sections("tables").size(), b.sections("tables").size());
    for (std::size_t i = 0; i < a.sections("tables").size(); ++i) {
      EXPECT_EQ(a.sections("tables")[i].text("file"), b.sections("tables")[i].text("file"));
      EXPECT_EQ(a.sections("tables")[i].texts("on"), b.sections("tables")[i].texts("on"));
    }
  }
}

TEST(ConfigTest, DescribesItself) {
  const std::string schema = config_json_schema(test_schema());
  EXPECT_THAT(schema, HasSubstr("https://json-schema.org/draft/2020-12/schema"));
  EXPECT_THAT(schema, HasSubstr(R"("threads":{"type":"integer","minimum":1,"maximum":64,"default":2})"));
  EXPECT_THAT(schema, HasSubstr(R"("enum":["always","never"])"));
  EXPECT_THAT(schema, HasSubstr(R"("required":["file"])"));
  // JSON is YAML.
  EXPECT_THAT(parse_yaml(schema, "schema").diagnostics, IsEmpty());
  const std::string markdown = config_markdown(test_schema());
  EXPECT_THAT(markdown, HasSubstr("| `data.sync` | one of `always`, `never` | `always` | When. |\n"));
  EXPECT_THAT(markdown, HasSubstr("| `tables[].file` | text, required |  |  |\n"));
  EXPECT_THAT(markdown, HasSubstr("| `data.max_age` | duration, 0s to 100d | `1w` | How long. |\n"));
  EXPECT_THAT(markdown, HasSubstr("Never \\| printed."));
}

TEST(ConfigDeathTest, AskingForWhatIsNotThereIsABug) {
  const auto loaded = load("");
  EXPECT_DEATH(loaded.root.text("absent"), "");
  EXPECT_DEATH(loaded.root.text("threads"), "");
}

}  // namespace
}  // namespace vedette::base
