#include <map>

#include <gtest/gtest.h>

#include "test/text_harness.hpp"
#include "vedette/base/files.hpp"
#include "vedette/base/text.hpp"

namespace vedette::normalize {
namespace {

constexpr const char* kFolder = "tests/formats";

// The lines of a golden input; the file's bytes are kept in `hold`.
std::vector<std::string_view> lines_of(const std::string& path,
                                       std::vector<std::unique_ptr<std::string>>& hold) {
  auto text = base::read_file(path);
  if (!text) return {};
  hold.push_back(std::make_unique<std::string>(std::move(*text)));
  auto lines = base::split(*hold.back(), '\n');
  if (!lines.empty() && lines.back().empty()) lines.pop_back();
  return lines;
}

std::vector<std::string> golden_inputs() {
  std::vector<std::string> out;
  auto files = base::list_files(kFolder, {".log"});
  if (files) {
    for (const std::string& path : *files) {
      for (const Format* format : text_formats()) {
        if (path.find("/" + std::string(format->info().name) + "/") != path.npos) out.push_back(path);
      }
    }
  }
  return out;
}

std::string folder_of(const std::string& path) {
  const auto end = path.rfind('/');
  const auto begin = path.rfind('/', end - 1);
  return path.substr(begin + 1, end - begin - 1);
}

// Every well-formed sample must be taken by its own format before all others.
TEST(TextFormats, ConfusionMatrixIsDiagonal) {
  const auto inputs = golden_inputs();
  if (inputs.empty()) GTEST_SKIP() << kFolder << " is not below the working directory";
  std::vector<std::unique_ptr<std::string>> hold;
  std::map<std::string, std::map<std::string, int>> confused;
  for (const std::string& path : inputs) {
    const std::string own = folder_of(path);
    // Lines that another format wraps, or that only a header makes known.
    if (path.find("broken") != path.npos || path.find("hostile") != path.npos || own == "csv" ||
        own == "plain")
      continue;
    for (const std::string_view line : lines_of(path, hold)) {
      std::string got(best_format(line).info().name);
      if (got == "syslog3164" && (own == "linux-auth" || own == "kv" || own == "auditd")) got = own;
      if (own == "syslog3164" && got == "auditd") got = own;
      if (got != own && !line.empty()) confused[own][got] += 1;
    }
  }
  std::string report;
  for (const auto& [own, others] : confused) {
    for (const auto& [got, count] : others)
      report += own + " taken for " + got + ": " + std::to_string(count) + "\n";
  }
  EXPECT_EQ(report, "");
}

TEST(TextFormats, PlainTextIsNobodysButPlains) {
  for (const char* line :
       {"hello, world", "apples, pears, oranges", "x", "", "2026-11-03 09:12:00 something happened",
        "2026-11-03T09:12:00Z INFO started", "a = b", "key=value", "[error] no time", "type=x", "#comment",
        "<tag>", "%X-1-Y", "GET / HTTP/1.1", "{\"a\":1}", "http://example.org/?a=1&b=2&c=3",
        "the quick brown fox: jumps", "1,2,3"}) {
    const auto& format = best_format(line);
    EXPECT_TRUE(format.info().name == "plain" || format.recognise(line) <= 5)
        << line << " -> " << format.info().name;
  }
}

// Whatever a line is cut to, no parser may read outside of it (sanitizer builds) or lose it.
TEST(TextFormats, EveryPrefixOfEveryLineIsSafe) {
  const auto inputs = golden_inputs();
  if (inputs.empty()) GTEST_SKIP() << kFolder << " is not below the working directory";
  std::vector<std::unique_ptr<std::string>> hold;
  std::size_t parsed = 0;
  for (const Format* format : text_formats()) {
    TextRun run(*format);
    std::vector<std::unique_ptr<char[]>> copies;
    for (const std::string& path : inputs) {
      for (const std::string_view line : lines_of(path, hold)) {
        const std::size_t step = line.size() > 300                        ? line.size() / 40
                                 : folder_of(path) == format->info().name ? 1
                                                                          : 7;
        for (std::size_t size = 0; size <= line.size(); size += step) {
          // A copy of its own, so that a sanitizer sees a read past the end.
          copies.push_back(std::make_unique<char[]>(size + 1));
          std::copy_n(line.data(), size, copies.back().get());
          format->recognise({copies.back().get(), size});
          parsed += run.line({copies.back().get(), size}) == Outcome::parsed;
        }
      }
    }
    run.finish();
  }
  EXPECT_GT(parsed, 0u);
}

TEST(TextFormats, HostileMegabytesEndSoon) {
  const std::string patterns[] = {
      "a=\"",      "a='x a=\"y ", "\"",     "\\",      "[",           " [",   "(",       " from ", "%A-1-",
      "=",         "a=b ",        "a0=41 ", "{ ",      ", client: ",  "\"\"", "\\\"",    " ; ",    "COMMAND=",
      "msg='",     ")",           "|",      "\t",      ",",           "#",    "node=x ", "<34>",   "CEF:0|",
      "k=\"v\" [", "a1[0]=4141 ", "msg=x ", "op=x y ", "11/Nov/2026:"};
  const std::string heads[] = {"",
                               "<34>1 2026-11-03T09:12:00Z h a - - ",
                               "Nov  3 09:12:00 h sshd[1]: Failed password for ",
                               "Nov  3 09:12:00 h sudo: a : ",
                               "CEF:0|a|b|c|d|e|f|",
                               "LEEF:2.0|a|b|c|d|^|",
                               "type=EXECVE msg=audit(1.000:1): ",
                               "type=USER_CMD msg=audit(1.000:1): msg='",
                               "192.0.2.1 - - [03/Nov/2026:09:12:00 +0000] \"",
                               "[Tue Nov 03 09:12:00 2026] [error] ",
                               "2026/11/03 09:12:00 [error] 1#1: x, client: ",
                               "#Fields: ",
                               "#fields\t"};
  for (const std::string& head : heads) {
    for (const std::string& pattern : patterns) {
      std::string text = head;
      while (text.size() < 200'000) text += pattern;
      for (const Format* format : text_formats()) {
        TextRun run(*format);
        format->recognise(text);
        run.line(text);
        run.line(text);
        run.finish();
      }
    }
  }
}

TEST(TextFormats, CsvJoinsQuotedLinesAndStopsAtItsBound) {
  TextRun run(csv_format());
  EXPECT_EQ(run.line("user,text"), Outcome::skipped);
  EXPECT_EQ(run.line("alice,\"one"), Outcome::held);
  EXPECT_EQ(run.line("two \"\"quoted\"\""), Outcome::held);
  EXPECT_EQ(run.line("three\""), Outcome::parsed);
  EXPECT_EQ(run.line("bob,\"never closed"), Outcome::held);
  const std::string filler(100'000, 'x');
  Outcome last = Outcome::held;
  int lines = 0;
  while (last == Outcome::held && ++lines < 100) last = run.line(filler);
  EXPECT_EQ(last, Outcome::parsed);
  EXPECT_LE(lines, 11);
  EXPECT_EQ(run.line("carol,after"), Outcome::parsed);
  const auto batch = run.finish();
  ASSERT_EQ(batch->size(), 3u);
  EXPECT_EQ(field_text((*batch)[0], "text"), "one\ntwo \"quoted\"\nthree");
  EXPECT_EQ((*batch)[0].position(), 2u);
  EXPECT_EQ(field_text((*batch)[1], "tags"), "parse_failure");
  EXPECT_EQ(field_text((*batch)[2], "user"), "carol");
}

TEST(TextFormats, SshdTakesTheAddressThatTheUserNameCannotReach) {
  TextRun run(syslog_rfc3164_format());
  run.line(
      "Nov  3 09:12:00 h sshd[1]: Failed password for invalid user x from 192.0.2.66 port 1 ssh2 from "
      "203.0.113.9 "
      "port 40022 ssh2");
  const auto batch = run.finish();
  ASSERT_EQ(batch->size(), 1u);
  EXPECT_EQ(field_text((*batch)[0], "source.ip"), "203.0.113.9");
  EXPECT_EQ(field_text((*batch)[0], "user.name"), "x from 192.0.2.66 port 1 ssh2");
}

TEST(TextFormats, SyslogYearRule) {
  TextRun run(syslog_rfc3164_format(), {.default_year = 2026, .default_month = 1});
  run.line("Jan  2 00:00:00 h app: this year");
  run.line("Dec 31 23:59:59 h app: the year before");
  const auto batch = run.finish();
  EXPECT_EQ(base::format_rfc3339((*batch)[0].time()), "2026-01-02T00:00:00.000Z");
  EXPECT_EQ(base::format_rfc3339((*batch)[1].time()), "2025-12-31T23:59:59.000Z");
}

TEST(TextFormats, SyslogLocalTimeTakesTheOffset) {
  TextRun run(syslog_rfc3164_format(),
              {.default_year = 2026, .default_month = 12, .utc_offset_seconds = 3600});
  run.line("Nov  3 09:12:00 h app: local");
  run.line("2026-11-03T09:12:00Z h app: zoned");
  const auto batch = run.finish();
  EXPECT_EQ(base::format_rfc3339((*batch)[0].time()), "2026-11-03T08:12:00.000Z");
  EXPECT_EQ(base::format_rfc3339((*batch)[1].time()), "2026-11-03T09:12:00.000Z");
}

}  // namespace
}  // namespace vedette::normalize
