#include "vedette/cases/report.hpp"

#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>

#include "cases_story.hpp"

namespace vedette::cases {
namespace {

using test::kHostileText;
using test::story;

std::string report_of(const test::Story& story, ReportFormat format, std::size_t rows = 2000) {
  ReportOptions options;
  options.format = format;
  options.now = test::kStoryStart + 120 * test::kStoryMinute;
  options.made_by = "ada";
  options.console_url = "https://soc.example/incidents/" + story.incident.incident.id;
  options.max_rows = rows;
  return incident_report({story.incident, story.members, story.entries}, options);
}

std::size_t count_of(const std::string& text, const std::string& what) {
  std::size_t count = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++count;
  return count;
}

// Writes hostile text wherever people or logs can.
test::Story hostile_story() {
  test::Story out = story();
  out.incident.title = out.incident.summary = out.incident.closing_note = kHostileText;
  out.incident.owner = out.incident.tags[0] = kHostileText;
  out.incident.tasks[0].title = out.incident.tasks[0].description = out.incident.tasks[0].done_by =
      kHostileText;
  out.incident.incident.contributions[0] = {kHostileText, 1, kHostileText};
  out.incident.incident.entities[0].entity.value = kHostileText;
  for (auto& member : out.members) {
    member.rule_title = member.evidence_reason = member.links[0].reason = kHostileText;
    member.techniques = {kHostileText};
    member.entities.push_back({model::EntityKind::domain, kHostileText});
  }
  for (auto& entry : out.entries) {
    entry.text = entry.file_name = entry.by = entry.sha256 = entry.document = kHostileText;
    entry.custody = {{1, kHostileText, kHostileText}};
  }
  return out;
}

TEST(Report, HtmlTellsTheStory) {
  test::Story told = story();
  const std::string html = report_of(told, ReportFormat::html);
  for (const char* text : {"Web shell, then credentials read on web1",
                           "put on <b>web1</b>",
                           "<code>cmd.aspx</code>",
                           "<h2>Summary</h2>",
                           "Time to acknowledge",
                           "12 min; target 30 min, met",
                           "missed",
                           "Initial Access",
                           "not seen",
                           "T1059.001",
                           "LSASS memory read",
                           "evil[.]example[.]net",
                           "198[.]51[.]100[.]7",
                           "9f86d081884c7d65",
                           "ada: downloaded",
                           "Isolate web1",
                           "<h2>Handover</h2>",
                           "Shares the host web1",
                           "https://soc.example/incidents/inc-00a1b2c3d4e5f607",
                           "2026-03-04 04:53:20"}) {
    EXPECT_NE(html.find(text), std::string::npos) << text;
  }
  EXPECT_EQ(count_of(html, "TLP:AMBER</div>"), 2u);  // top and bottom
  EXPECT_EQ(html.find("<script"), std::string::npos);
  EXPECT_EQ(html.find("src="), std::string::npos);
  // Set to look at the result.
  if (const char* folder = std::getenv("VEDETTE_REPORT_FOLDER")) {
    std::ofstream(std::string(folder) + "/report.html") << html;
    std::ofstream(std::string(folder) + "/report.md") << report_of(told, ReportFormat::markdown);
    std::ofstream(std::string(folder) + "/hostile.html") << report_of(hostile_story(), ReportFormat::html);
    std::ofstream(std::string(folder) + "/hostile.md") << report_of(hostile_story(), ReportFormat::markdown);
  }
}

TEST(Report, IndicatorsAreOfTheInternet) {
  test::Story told = story();
  const auto indicators = incident_indicators(told.incident, told.members);
  ASSERT_EQ(indicators.size(), 3u);  // 10.0.0.5 is none
  for (const auto& indicator : indicators) {
    EXPECT_NE(indicator.entity.value, "10.0.0.5");
    EXPECT_GT(indicator.first, 0);
  }
}

TEST(Report, HtmlEscapesEverything) {
  const std::string html = report_of(hostile_story(), ReportFormat::html);
  EXPECT_EQ(html.find("<script"), std::string::npos);
  EXPECT_EQ(html.find("alert('x')"), std::string::npos);
  EXPECT_NE(html.find("&lt;script&gt;alert(&#39;x&#39;)"), std::string::npos);
  // As many elements as without: nothing added one.
  for (const char* tag : {"<h2>", "<h1>", "<table>", "<a "}) {
    EXPECT_LE(count_of(html, tag), count_of(report_of(story(), ReportFormat::html), tag) + 1) << tag;
  }
}

TEST(Report, MarkdownValuesAreNoMarkup) {
  const std::string text = report_of(hostile_story(), ReportFormat::markdown);
  EXPECT_EQ(text.find("<script"), std::string::npos);
  EXPECT_EQ(text.find("[a](javascript"), std::string::npos);
  EXPECT_EQ(text.find("*b*"), std::string::npos);
  EXPECT_EQ(text.find(" `c`"), std::string::npos);
  EXPECT_EQ(text.find("\n# e"), std::string::npos);
  EXPECT_EQ(text.find("\\* | \\`c"), std::string::npos);  // no cell is cut open
  EXPECT_EQ(count_of(text, "\n## "), count_of(report_of(story(), ReportFormat::markdown), "\n## "));
}

TEST(Report, MarkdownTellsTheStory) {
  const std::string text = report_of(story(), ReportFormat::markdown);
  EXPECT_TRUE(text.starts_with("**TLP\\:AMBER**"));
  EXPECT_TRUE(text.ends_with("**TLP\\:AMBER**\n\n"));
  for (const char* part : {"# Web shell, then", "| Credential Access | 2026-03-04 05:14:20 |",
                           "evil\\[\\.\\]example", "- [x] Isolate web1, ben", "custody:"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part;
  }
}

TEST(Report, TablesAreBoundedAndSayIt) {
  test::Story told = story();
  const std::string html = report_of(told, ReportFormat::html, 2);
  EXPECT_NE(html.find("5 more are left out."), std::string::npos);  // 4 alerts and 3 entries
}

TEST(Report, NothingIsEnough) {
  const test::Story empty;
  EXPECT_NE(report_of(empty, ReportFormat::html).find("Nothing yet."), std::string::npos);
  EXPECT_NE(report_of(empty, ReportFormat::markdown).find("## Summary"), std::string::npos);
}

TEST(Report, Defangs) {
  EXPECT_EQ(defanged("https://evil.example/a.b"), "hxxps://evil[.]example/a.b");
  EXPECT_EQ(defanged("HTTP://evil.example"), "hxxp://evil[.]example");
  EXPECT_EQ(defanged("192.0.2.1"), "192[.]0[.]2[.]1");
  EXPECT_EQ(defanged("2001:db8::1"), "2001[:]db8[:][:]1");
  EXPECT_EQ(defanged("a@b.example"), "a[@]b[.]example");
  EXPECT_EQ(defanged(""), "");
}

}  // namespace
}  // namespace vedette::cases
