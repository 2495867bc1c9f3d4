#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "alerts.hpp"
#include "text_layout.hpp"
#include "vedette/base/text.hpp"

namespace vedette::report::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (const std::string_view line : base::split(text, '\n')) lines.emplace_back(line);
  if (!lines.empty() && lines.back().empty()) lines.pop_back();
  return lines;
}

bool is_printable(std::string_view text) {
  return base::is_valid_utf8(text) && base::escape_control(text) == text;
}

model::Alert plain_alert() {
  return make_alert(
      {make_rule("Encoded PowerShell", model::Level::high, {"attack.execution"}),
       1'793'696'400 * base::kNsPerSecond,
       {{"host.name", "ws1"}, {"user.name", "alice"}, {"user.domain", "CORP"}, {"source.ip", "10.0.0.1"}},
       {{"EventID", "1", "", "1"}, {"CommandLine", "powershell -enc AAA", "contains", "-enc"}}});
}

TEST(OutputFormatNames, AreKnown) {
  OutputFormat format{};
  EXPECT_TRUE(parse_output_format("timeline", format));
  EXPECT_EQ(format, OutputFormat::timeline);
  EXPECT_FALSE(parse_output_format("xml", format));
}

TEST(Table, ShowsOneLineAnAlertUnderOneHeader) {
  const auto lines = lines_of(written(OutputFormat::table, {plain_alert(), plain_alert()}));
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_THAT(lines[0], StartsWith("TIME (UTC)"));
  EXPECT_THAT(lines[1], StartsWith("2026-11-03 09:00:00  high      Encoded PowerShell"));
  EXPECT_THAT(lines[1], HasSubstr("CORP\\alice"));
  EXPECT_THAT(lines[1], HasSubstr("powershell -enc AAA"));
  EXPECT_THAT(lines[1], HasSubstr("Security.evtx:7"));
}

TEST(Table, FitsTheTerminal) {
  for (const int width : {40, 60, 80, 100, 120, 200}) {
    for (const std::string& line :
         lines_of(written(OutputFormat::table, {hostile_alert()}, {false, width}))) {
      EXPECT_LE(display_width(line), std::max(width, 45)) << line;
    }
  }
}

TEST(Table, EscapesHostileContent) {
  const auto lines = lines_of(written(OutputFormat::table, {hostile_alert()}));
  ASSERT_EQ(lines.size(), 2u);
  for (const std::string& line : lines) EXPECT_TRUE(is_printable(line)) << line;
}

TEST(Table, ColoursTheLevelOnlyWhenAsked) {
  EXPECT_THAT(written(OutputFormat::table, {plain_alert()}, {true, 120}), HasSubstr("\x1b[1;31mhigh\x1b[0m"));
  EXPECT_THAT(written(OutputFormat::table, {plain_alert()}, {false, 120}), Not(HasSubstr("\x1b")));
}

TEST(Ndjson, WritesTheAlertDocument) {
  const auto lines = lines_of(written(OutputFormat::ndjson, {plain_alert(), hostile_alert()}));
  ASSERT_EQ(lines.size(), 2u);
  std::string expected;
  model::append_json(expected, plain_alert());
  EXPECT_EQ(lines[0], expected);
  EXPECT_THAT(lines[1], Not(HasSubstr("\x1b")));
  EXPECT_TRUE(base::is_valid_utf8(lines[1]));
}

TEST(Json, IsOneArray) {
  EXPECT_EQ(written(OutputFormat::json, {}), "[]\n");
  const std::string text = written(OutputFormat::json, {plain_alert(), hostile_alert()});
  EXPECT_THAT(text, StartsWith("[\n{"));
  EXPECT_THAT(text, HasSubstr("},\n{"));
  EXPECT_TRUE(text.ends_with("}\n]\n"));
}

// A strict RFC 4180 reader.
std::vector<std::vector<std::string>> read_csv(std::string_view text) {
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> row(1);
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '"' && i + 1 < text.size() && text[i + 1] == '"') {
      row.back() += text[++i];
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && c == ',') {
      row.emplace_back();
    } else if (!quoted && c == '\r') {
      ++i;
      rows.push_back(std::exchange(row, std::vector<std::string>(1)));
    } else {
      row.back() += c;
    }
  }
  return rows;
}

TEST(Csv, HasAHeaderEvenWithoutAlerts) {
  EXPECT_EQ(written(OutputFormat::csv, {}),
            "time,level,rule_id,rule,host,user,source_ip,file,position,tags,matches,alert_id\r\n");
}

TEST(Csv, QuotesAndNeutralisesFormulas) {
  const auto rows = read_csv(written(OutputFormat::csv, {plain_alert(), hostile_alert()}));
  ASSERT_EQ(rows.size(), 3u);
  for (const auto& row : rows) ASSERT_EQ(row.size(), 12u);
  EXPECT_EQ(rows[1][0], "2026-11-03T09:00:00.000Z");
  EXPECT_EQ(rows[1][5], "CORP\\alice");
  EXPECT_EQ(rows[1][10], "EventID: 1; CommandLine|contains: powershell -enc AAA");
  for (const std::string& cell : rows[2]) {
    EXPECT_TRUE(is_printable(cell)) << cell;
    EXPECT_EQ(cell.find_first_of("=+-@"), cell.find_first_of("=+-@", cell.empty() ? 0 : 1)) << cell;
  }
  EXPECT_THAT(rows[2][4], StartsWith("'=1+1\"'<script>"));
}

TEST(Csv, NeutralisesEveryStartOfAFormula) {
  for (const std::string start : {"=", "+", "-", "@", "\t", "\r", "＝"}) {
    const auto alert = make_alert({make_rule("r", model::Level::low),
                                   0,
                                   {{"host.name", "x"}, {"user.name", "u"}},
                                   {},
                                   start + "cmd",
                                   "a"});
    const auto rows = read_csv(written(OutputFormat::csv, {alert}));
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_THAT(rows[1][7], StartsWith("'"));
    EXPECT_EQ(rows[1][0], "");
  }
}

TEST(Timeline, SortsByTimeAndGroupsByDayAndHost) {
  const auto at = [](std::int64_t seconds, std::string host, std::string title) {
    return make_alert({make_rule(std::move(title), model::Level::low, {"attack.credential-access"}),
                       (1'793'696'400 + seconds) * base::kNsPerSecond,
                       {{"host.name", std::move(host)}}});
  };
  const std::string text = written(OutputFormat::timeline, {at(90'000, "a", "fourth"), at(60, "b", "second"),
                                                            at(0, "a", "first"), at(120, "a", "third")});
  const std::vector<std::string> order = {
      "2026-11-03 Tuesday",   "\n  a\n", "09:00:00.000", "first", "third", "\n  b\n", "second",
      "2026-11-04 Wednesday", "fourth"};
  std::size_t from = 0;
  for (const std::string& part : order) {
    const std::size_t found = text.find(part, from);
    ASSERT_NE(found, std::string::npos) << part << " in\n" << text;
    from = found;
  }
  EXPECT_THAT(text, HasSubstr("[Credential Access]"));
}

TEST(Timeline, FoldsRepetitionsAndKeepsTimelessAlerts) {
  auto alert = plain_alert();
  auto later = alert;
  later.time += 60 * base::kNsPerSecond;
  auto timeless = alert;
  timeless.time = 0;
  const std::string text = written(OutputFormat::timeline, {alert, later, timeless});
  EXPECT_THAT(text, HasSubstr("×2 until 09:01:00"));
  EXPECT_THAT(text, HasSubstr("Without a time"));
  EXPECT_THAT(text, HasSubstr("2 alerts"));
}

TEST(Timeline, EscapesHostileContent) {
  for (const std::string& line : lines_of(written(OutputFormat::timeline, {hostile_alert()}))) {
    EXPECT_TRUE(is_printable(line)) << line;
  }
}

TEST(TextLayout, FitsByColumns) {
  EXPECT_EQ(fit_left("abcdef", 4), "abc…");
  EXPECT_EQ(fit_left("abcd", 4), "abcd");
  EXPECT_EQ(fit_right("abcdef", 4), "…def");
  EXPECT_EQ(fit_left("日本語", 5), "日本…");
  EXPECT_EQ(display_width("e\xCC\x81"), 1);
  EXPECT_EQ(cut_bytes("aé", 2), "a…");
}

TEST(TextLayout, Numbers) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1'234'567), "1,234,567");
  EXPECT_EQ(counted(1, "alert"), "1 alert");
  EXPECT_EQ(bytes_text(999), "999 B");
  EXPECT_EQ(bytes_text(1.25e9), "1.2 GB");
  EXPECT_EQ(seconds_text(125), "2 min 05 s");
  EXPECT_EQ(compact(809'552), "810 k");
}

}  // namespace
}  // namespace vedette::report::testing
