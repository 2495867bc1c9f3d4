#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "alerts.hpp"
#include "text_layout.hpp"
#include "vedette/base/text.hpp"

namespace vedette::report::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

ScanTotals some_totals() {
  ScanTotals totals;
  totals.files = 2;
  totals.bytes = 3'000'000;
  totals.events = 12'345;
  totals.formats["windows-evtx"] = {12'345, 6};
  totals.rules_loaded = 3000;
  totals.rules_refused = 4;
  totals.seconds = 0.5;
  totals.troubles = {{std::string(kHostile), std::string(kHostile)}};
  return totals;
}

TEST(Summary, TellsTheFigures) {
  AlertStatistics statistics;
  statistics.add(
      make_alert({make_rule("Rule one", model::Level::critical, {"attack.execution", "attack.t1059"}),
                  1'793'696'400 * base::kNsPerSecond,
                  {{"host.name", "ws1"}}}));
  const std::string text = render_summary(some_totals(), statistics, {});
  for (const char* part :
       {"2 files", "3.0 MB", "12,345 events", "25 k events/s", "6.0 MB/s", "3,000 rules loaded", "4 refused",
        "critical", "Rule one", "ws1", "Execution", "T1059 1", "windows-evtx"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
}

TEST(Summary, KeepsToItsColumnsAndEscapes) {
  AlertStatistics statistics;
  for (int i = 0; i < 3; ++i) statistics.add(hostile_alert());
  const std::string text = render_summary(some_totals(), statistics, {false, 200});
  for (const std::string_view line : base::split(text, '\n')) {
    EXPECT_LE(display_width(line), 100) << line;
    EXPECT_EQ(base::escape_control(line), line);
  }
}

TEST(Summary, SaysWhenThereIsNothing) {
  AlertStatistics statistics;
  const std::string text = render_summary({}, statistics, {});
  EXPECT_THAT(text, HasSubstr("None."));
  EXPECT_THAT(text, Not(HasSubstr("ATT&CK")));
}

class Progress : public ::testing::Test {
 protected:
  std::string out_;
  Sink sink_ = [this](std::string_view text) { out_ += text; };
};

TEST_F(Progress, ShowsPartRateAndTimeLeft) {
  ProgressBar bar(sink_, 3'000'000'000, 160);
  bar.update(1'200'000'000, 1'400'120, 12, 4);
  EXPECT_THAT(out_, ::testing::StartsWith("\r\x1b[K 40% ━━━━━━━━━━─"));
  EXPECT_THAT(out_, HasSubstr("1.2 GB of 3.0 GB · 1,400,120 events (350 k/s) · 12 alerts · 6.00 s left"));
}

TEST_F(Progress, DrawsAtMostTenTimesASecond) {
  ProgressBar bar(sink_, 1000, 80);
  for (int i = 0; i < 1000; ++i) bar.update(1, 1, 0, i * 0.001);
  EXPECT_LE(std::count(out_.begin(), out_.end(), '\r'), 11);
}

TEST_F(Progress, FitsTheTerminalAndTakesUnknownSizes) {
  ProgressBar bar(sink_, 0, 30);
  bar.update(5'000'000, 1'400'120, 12, 1);
  EXPECT_LE(display_width(std::string_view(out_).substr(4)), 29);
  EXPECT_THAT(out_, Not(HasSubstr("%")));
}

TEST_F(Progress, ClearsOnlyWhatWasDrawn) {
  ProgressBar bar(sink_, 10, 80);
  bar.clear();
  EXPECT_EQ(out_, "");
  bar.update(20, 1, 0, 1);
  EXPECT_THAT(out_, HasSubstr("100%"));
  out_.clear();
  bar.clear();
  EXPECT_EQ(out_, "\r\x1b[K");
}

}  // namespace
}  // namespace vedette::report::testing
