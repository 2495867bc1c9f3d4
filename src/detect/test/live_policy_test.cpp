// Files of exceptions and suppressions, and the examples of docs/live-detection.md.
#include <fstream>
#include <sstream>

#include "live_events.hpp"

namespace vedette::detect::live_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr const char* kGoodException =
    "- {id: e, rules: [x, y], reason: r, owner: o, condition: {s: {a: b}, condition: s}}\n";

base::Diagnostics told_of_exceptions(const std::string& yaml, std::size_t loaded) {
  base::Diagnostics diagnostics;
  EXPECT_THAT(read_exceptions(yaml, "e.yml", diagnostics), SizeIs(loaded)) << yaml;
  return diagnostics;
}

base::Diagnostics told_of_suppressions(const std::string& yaml, std::size_t loaded) {
  base::Diagnostics diagnostics;
  EXPECT_THAT(read_suppressions(yaml, "s.yml", diagnostics), SizeIs(loaded)) << yaml;
  return diagnostics;
}

TEST(LivePolicy, ReadsExceptions) {
  base::Diagnostics diagnostics;
  const auto exceptions = read_exceptions(R"(
- id: scanner
  rules: 5f1abf38-3b4a-4f5e-9a3b-111111111111
  condition:
    host: {source.ip|cidr: 10.1.0.0/16}
    tool: {process.name: [nmap, masscan]}
    condition: host and 1 of tool*
  reason: our own scans
  owner: red team
  expires: 2027-01-31T12:00:00Z
- {id: two, reason: r, owner: o, condition: {s: {a: b}, condition: not s}}
)",
                                          "e.yml", diagnostics);
  ASSERT_THAT(diagnostics, IsEmpty());
  ASSERT_THAT(exceptions, SizeIs(2));
  EXPECT_THAT(exceptions[0].rules, ElementsAre("5f1abf38-3b4a-4f5e-9a3b-111111111111"));
  EXPECT_EQ(exceptions[0].expires, base::parse_iso8601("2027-01-31T12:00:00Z"));
  EXPECT_EQ(exceptions[0].owner, "red team");
  EXPECT_EQ(exceptions[0].condition.kind, model::Predicate::Kind::all_of);
  EXPECT_THAT(exceptions[1].rules, IsEmpty());
  EXPECT_EQ(exceptions[1].expires, 0);
}

TEST(LivePolicy, AFaultyExceptionIsToldAndTheOthersStand) {
  const std::vector<std::pair<std::string, std::string>> faults = {
      {"- {rules: [x], reason: r, owner: o, condition: {s: {a: b}, condition: s}}", "missing-id"},
      {"- {id: z, owner: o, condition: {s: {a: b}, condition: s}}", "missing-reason"},
      {"- {id: z, reason: '  ', owner: o, condition: {s: {a: b}, condition: s}}", "missing-reason"},
      {"- {id: z, reason: r, condition: {s: {a: b}, condition: s}}", "missing-owner"},
      {"- {id: z, reason: r, owner: o}", "missing-condition"},
      {"- {id: z, reason: r, owner: o, condition: s}", "bad-detection"},
      {"- {id: z, reason: r, owner: o, condition: {s: {a|expand: '%x%'}, condition: s}}",
       "undefined-placeholder"},
      {"- {id: z, reason: r, owner: o, condition: {s: {a: b}, condition: s}, expires: soon}", "bad-expires"},
      {"- {id: z, rules: [{a: b}], reason: r, owner: o, condition: {s: {a: b}, condition: s}}", "bad-rules"},
      {"- {id: e, reason: r, owner: o, condition: {s: {a: b}, condition: s}}", "duplicate-id"},
      {"- text", "bad-entry"}};
  for (const auto& [yaml, code] : faults) {
    const auto told = told_of_exceptions(kGoodException + yaml + "\n", 1);
    ASSERT_THAT(told, SizeIs(1)) << yaml;
    EXPECT_EQ(told[0].code, code);
    EXPECT_EQ(told[0].severity, base::Severity::error);
  }
  EXPECT_EQ(told_of_exceptions("a: b", 0)[0].code, "bad-list");
  EXPECT_FALSE(told_of_exceptions("- {", 0).empty());
  EXPECT_THAT(told_of_exceptions("", 0), IsEmpty());
}

TEST(LivePolicy, UnknownKeysAreErrorsWithTheNearestName) {
  const auto told =
      told_of_exceptions("- {id: z, reasn: r, owner: o, condition: {s: {a: b}, condition: s}}", 0);
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(told[0].code, "unknown-key");
  EXPECT_EQ(told[0].help, "did you mean reason?");
  EXPECT_EQ(told_of_suppressions("- {rule: a, field: [x], window: 1h}", 0)[0].help, "did you mean fields?");
}

TEST(LivePolicy, ReadsSuppressions) {
  base::Diagnostics diagnostics;
  const auto suppressions =
      read_suppressions("- {rule: a, fields: [host.name, user.name], window: 1h}\n- {rule: b, window: 30s}\n",
                        "s.yml", diagnostics);
  ASSERT_THAT(diagnostics, IsEmpty());
  ASSERT_THAT(suppressions, SizeIs(2));
  EXPECT_THAT(suppressions[0].fields, ElementsAre("host.name", "user.name"));
  EXPECT_EQ(suppressions[0].window, 3600 * base::kNsPerSecond);
  EXPECT_THAT(suppressions[1].fields, IsEmpty());
  for (const char* yaml :
       {"- {rule: a}", "- {rule: a, window: 0s}", "- {rule: a, window: -1h}", "- {rule: a, window: [1h]}"}) {
    EXPECT_EQ(told_of_suppressions(yaml, 0).at(0).code, "bad-window");
  }
  EXPECT_EQ(told_of_suppressions("- {window: 1h}", 0).at(0).code, "missing-rule");
}

// The code blocks of the guide, by their first line.
std::string example(const std::string& first_line) {
  std::ifstream file("docs/live-detection.md");
  std::ostringstream all;
  all << file.rdbuf();
  const std::string text = all.str();
  const std::size_t begin = text.find("```yaml\n" + first_line);
  if (begin == std::string::npos) return {};
  const std::size_t from = begin + std::string_view("```yaml\n").size();
  return text.substr(from, text.find("```", from) - from);
}

TEST(LivePolicy, TheGuidesExamplesAreRight) {
  base::Diagnostics diagnostics;
  EXPECT_THAT(read_exceptions(example("# exceptions.yml"), "exceptions.yml", diagnostics), SizeIs(2));
  EXPECT_THAT(read_suppressions(example("# suppressions.yml"), "suppressions.yml", diagnostics), SizeIs(2));
  EXPECT_THAT(diagnostics, IsEmpty());
}

}  // namespace
}  // namespace vedette::detect::live_test
