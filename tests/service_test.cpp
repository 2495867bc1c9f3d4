// What the service needs around its pipeline: its log, its configuration, its support bundle.
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include "vedette/base/files.hpp"
#include "vedette/node/serve_config.hpp"
#include "vedette/node/service_log.hpp"
#include "vedette/node/support_bundle.hpp"

namespace vedette::node {
namespace {

namespace fs = std::filesystem;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

class ServiceTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "vedette-service-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }
  std::string at(const std::string& name) const { return folder_ + "/" + name; }
  std::string text_of(const std::string& name) const { return base::read_file(at(name)).value(); }

  ServeConfig config(const std::string& yaml) const {
    std::ofstream(at("vedette.yaml")) << yaml;
    auto loaded = load_serve_config(at("vedette.yaml"), {});
    EXPECT_TRUE(loaded.ok());
    EXPECT_FALSE(base::has_errors(loaded->loaded.diagnostics));
    return std::move(*loaded);
  }

  std::string folder_;
};

TEST_F(ServiceTest, WritesItsLogToAFile) {
  const ServeConfig settings = config("log: {level: warning, file: " + at("log") + "}");
  auto log = ServiceLog::open(settings.loaded.root.section("log"));
  ASSERT_TRUE(log.ok());
  (*log)->logger().info("left out");
  (*log)->logger().warning("first");
  fs::rename(at("log"), at("log.1"));
  (*log)->logger().warning("second");
  ASSERT_TRUE((*log)->reopen().ok());
  (*log)->logger().warning("third");
  EXPECT_THAT(text_of("log.1"), HasSubstr("\"message\":\"second\"}\n"));
  EXPECT_THAT(text_of("log.1"), Not(HasSubstr("left out")));
  EXPECT_THAT(text_of("log"), HasSubstr("\"message\":\"third\"}\n"));
  fs::remove(at("log"));
  fs::create_directory(at("log"));
  EXPECT_FALSE((*log)->reopen().ok());
  (*log)->logger().warning("fourth");  // still somewhere
}

TEST_F(ServiceTest, ALogThatCannotBeWrittenIsAnError) {
  const ServeConfig settings = config("log: {file: " + at("absent/log") + "}");
  const auto log = ServiceLog::open(settings.loaded.root.section("log"));
  ASSERT_FALSE(log.ok());
  EXPECT_THAT(log.error().message, HasSubstr("absent/log"));
}

TEST_F(ServiceTest, TheDefaultsOfTheSchemaAreTheirOwnValues) {
  const auto schema = serve_schema();
  const auto defaults = base::load_config(schema, {});
  EXPECT_THAT(defaults.diagnostics, IsEmpty());
  const auto printed = base::load_config(schema, {"printed", base::print_config(schema, defaults.root), {}});
  EXPECT_THAT(printed.diagnostics, IsEmpty());
  EXPECT_EQ(base::print_config(schema, printed.root), base::print_config(schema, defaults.root));
}

TEST_F(ServiceTest, RedactsWhatLooksLikeASecret) {
  const ServeConfig settings =
      config("enrichment: {feeds: [{name: a, token: feed-token}, {name: b, token: abc}]}");
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"a feed-token b", "a ******** b"},
      {"abc is too short to be masked", "abc is too short to be masked"},
      {"https://user:pass@host/x", "https://********@host/x"},
      {"https://host/x?a=b&key=c rest", "https://host/x?a=********&key=******** rest"},
      {"token=xyz, next", "token=\"********\", next"},
      {R"({"password":"a \"b\" c","n":1})", R"({"password":"********","n":1})"},
      {"API-Key: xyz", "API-Key: \"********\""},
      {"Authorization: Basic dXNlcjpwYXNz\nnext", "Authorization: \"********\"\nnext"},
      {"sent Bearer abcdefgh.ijk", "sent Bearer ********"},
      {"-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----\nx", "********\nx"},
      {"all of this is plain: 127.0.0.1:8686 = 1", "all of this is plain: 127.0.0.1:8686 = 1"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(redact_secrets(settings, text), expected);
}

TEST_F(ServiceTest, RedactsLongTextsInLinearTime) {
  const ServeConfig settings = config("");
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += "-----BEGIN PRIVATE KEY-----?a=://";
  EXPECT_FALSE(redact_secrets(settings, text).empty());
}

TEST_F(ServiceTest, BundlesTheEndOfALog) {
  const ServeConfig settings = config("log: {file: " + at("log") + "}");
  {
    std::ofstream log(at("log"));
    for (int i = 0; i < 1000; ++i) log << "line " << i << "\n";
  }
  BundleOptions options;
  options.data_folder = at("data");
  options.max_log_bytes = 100;
  for (const BundleFile& file : collect_support_files(settings, options)) {
    if (file.name != "log.txt") continue;
    EXPECT_THAT(file.text, StartsWith("line 989\n"));
    EXPECT_THAT(file.text, EndsWith("line 999\n"));
  }
  EXPECT_FALSE(fs::exists(at("data")));  // looking makes nothing
}

}  // namespace
}  // namespace vedette::node
