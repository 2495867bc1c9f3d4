// Every row of tests/query/pipeline/functions.txt: an expression and its value.
#include <fstream>

#include <gtest/gtest.h>

#include "naive_store.hpp"
#include "parse.hpp"
#include "pipeline/expression.hpp"

namespace vedette::query {
namespace {

constexpr const char* kEvent =
    R"({"@timestamp":"2026-03-04T05:06:07.089Z","user.name":"Alice","n":42,"x":2.5,"t":"17","neg":-7,"yes":true,)"
    R"("ip":"10.1.2.3","ip6":"2001:db8::1","pub":"8.8.8.8","tags":["b","a","b"],"nums":[3,1,2],"empty":"",)"
    R"("when":"2026-03-01T00:00:00Z","path":"C:\\Windows\\System32\\cmd.exe","greek":"ΑΒΓ","none":null})";

class Functions : public ::testing::Test {
 protected:
  std::string value_of(const std::string& text) {
    options_.limits = {};
    state_.options = &options_;
    state_.now = base::parse_iso8601("2026-03-04T05:06:17.089Z").value();
    const auto parsed = expression(text);
    if (!parsed) return "error: " + text;
    auto compiled = compile(*parsed, state_);
    if (!compiled) return "error: " + compiled.error().message;
    EvalRow row{(*store_.events())[0], {}, arena_, scratch_};
    std::string json;
    model::append_json(json, (*compiled)(row));
    return json;
  }

  static std::optional<Expr> expression(const std::string& text) {
    base::Diagnostics diagnostics;
    const auto query = parse_query("| eval result = " + text, {}, diagnostics);
    if (!query) return std::nullopt;
    return std::get<EvalStage>(query->stages.at(0).what).assignments.at(0).value;
  }

  test::NaiveStore store_{kEvent};
  RunOptions options_;
  RunState state_;
  base::Arena arena_;
  expr::Scratch scratch_;
};

TEST_F(Functions, Table) {
  std::ifstream file("tests/query/pipeline/functions.txt");
  ASSERT_TRUE(file.is_open());
  std::string line;
  int rows = 0;
  for (int number = 1; std::getline(file, line); ++number) {
    if (line.empty() || line[0] == '#') continue;
    const std::size_t arrow = line.rfind(" => ");
    ASSERT_NE(arrow, std::string::npos) << number;
    EXPECT_EQ(value_of(line.substr(0, arrow)), line.substr(arrow + 4)) << "line " << number << ": " << line;
    ++rows;
  }
  EXPECT_GE(rows, 150);
}

TEST_F(Functions, BadConstantsAreRefused) {
  EXPECT_EQ(value_of("matches(user.name, \"(\")").substr(0, 6), "error:");
  EXPECT_EQ(value_of("user.name rlike \"[\"").substr(0, 6), "error:");
  EXPECT_EQ(value_of("cidr_match(ip, \"10.0.0.0/99\")").substr(0, 6), "error:");
  EXPECT_EQ(value_of("date_trunc(@timestamp, 0s)").substr(0, 6), "error:");
  EXPECT_EQ(value_of("no_such(1)").substr(0, 6), "error:");
}

TEST_F(Functions, FaultsAreCountedOnceAnExpression) {
  auto compiled = compile(*expression("user.name * 2"), state_);
  ASSERT_TRUE(compiled.ok());
  EvalRow row{(*store_.events())[0], {}, arena_, scratch_};
  for (int i = 0; i < 3; ++i) EXPECT_TRUE((*compiled)(row).is_null());
  EXPECT_EQ(state_.warnings(),
            std::vector<std::string>{"user.name * 2 (column 17): a value is not a number (3 rows)"});
}

TEST_F(Functions, LongResultsAreNull) {
  EXPECT_EQ(value_of("repeat(\"abcdefgh\", 200000)"), "null");
  EXPECT_EQ(value_of("length(repeat(\"abcdefgh\", 1000))"), "8000");
}

}  // namespace
}  // namespace vedette::query
