// What happened, in order: days, the hosts of each day, their alerts by time.
#include <algorithm>
#include <unordered_map>
#include <utility>

#include "attack.hpp"
#include "describe.hpp"
#include "text_layout.hpp"
#include "vedette/base/text.hpp"
#include "writers.hpp"

namespace vedette::report {
namespace {

constexpr base::TimeNs kDay = 86'400 * base::kNsPerSecond;
constexpr int kDefaultWidth = 120;
constexpr std::size_t kIndent = 16;

// All texts are escaped.
struct Entry {
  base::TimeNs time = 0, last = 0;
  std::uint64_t count = 1;
  std::shared_ptr<const model::RuleInfo> rule;
  std::string host, user, match, where;

  bool same_as(const Entry& other) const {
    return rule == other.rule && user == other.user && match == other.match;
  }
};

base::TimeNs day_of(base::TimeNs time) {
  return time / kDay - (time % kDay < 0 ? 1 : 0);
}

using Entries = std::vector<Entry>;

class TimelineWriter final : public AlertWriter {
 public:
  TimelineWriter(Sink sink, const WriterOptions& options) : sink_(std::move(sink)), options_(options) {}

  // Everything is kept until finish(): a timeline cannot be begun before the last alert is known.
  void write(const model::Alert& alert) override {
    const model::Event event = alert.event();
    Entry entry;
    entry.time = entry.last = alert.time;
    entry.rule = alert.rule;
    entry.host = base::escape_control(host_of(event));
    entry.user = base::escape_control(user_of(event));
    entry.match = base::escape_control(cut_bytes(key_match_of(alert), 400));
    entry.where = base::escape_control(location_of(alert));
    (alert.time == 0 ? timeless_ : timed_).push_back(std::move(entry));
  }

  void finish() override {
    std::stable_sort(timed_.begin(), timed_.end(),
                     [](const Entry& a, const Entry& b) { return a.time < b.time; });
    for (auto first = timed_.begin(); first != timed_.end();) {
      const base::TimeNs day = day_of(first->time);
      const auto end =
          std::find_if(first, timed_.end(), [&](const Entry& e) { return day_of(e.time) != day; });
      write_day(day_text(first->time) + " " + std::string(weekday_text(first->time)), first, end);
      first = end;
    }
    if (!timeless_.empty()) write_day("Without a time", timeless_.begin(), timeless_.end());
    timed_.clear();
    timeless_.clear();
  }

 private:
  int width() const { return options_.width > 0 ? options_.width : kDefaultWidth; }

  void write_day(const std::string& title, Entries::iterator first, Entries::iterator end) {
    const std::string count = counted(static_cast<std::uint64_t>(end - first), "alert");
    std::string line = painted(title, ansi::kBold, options_.color) + " ";
    const int fill = std::min(width(), 100) - display_width(title) - display_width(count) - 2;
    std::string rule;
    for (int i = 0; i < fill; ++i) rule += "─";
    line += painted(rule, ansi::kDim, options_.color) + " " + count + "\n";
    sink_(line);
    // Hosts in the order in which they first appear on that day.
    std::vector<Entries> hosts;
    std::unordered_map<std::string, std::size_t> index;
    for (auto entry = first; entry != end; ++entry) {
      const auto [at, is_new] = index.try_emplace(entry->host, hosts.size());
      if (is_new) hosts.emplace_back();
      append(hosts[at->second], std::move(*entry));
    }
    for (const Entries& entries : hosts) {
      const std::string& host = entries.front().host;
      sink_("\n  " + painted(host.empty() ? "(no host)" : host, ansi::kBold, options_.color) + "\n");
      for (const Entry& entry : entries) write_entry(entry);
    }
    sink_("\n");
  }

  // Repetitions of one finding become one entry with a count.
  static void append(Entries& entries, Entry&& entry) {
    if (!entries.empty() && entries.back().same_as(entry)) {
      ++entries.back().count;
      entries.back().last = entry.time;
    } else {
      entries.push_back(std::move(entry));
    }
  }

  void write_entry(const Entry& entry) {
    const bool color = options_.color;
    std::string line = "  ";
    line += entry.time == 0 ? std::string(12, ' ') : clock_text(entry.time);
    line += "  ";
    std::string level(short_level(entry.rule->level));
    line += painted(level, ansi::level(entry.rule->level), color);
    line.append(level.size() < 10 ? 10 - level.size() : 1, ' ');
    line += painted(base::escape_control(entry.rule->title), ansi::kBold, color);
    const std::string_view tactic = tactic_title_of(*entry.rule);
    if (!tactic.empty()) line += "  [" + std::string(tactic) + "]";
    if (!entry.user.empty()) line += "  " + entry.user;
    if (entry.count > 1) {
      line += "  ×" + grouped(entry.count);
      if (entry.last != entry.time) line += " until " + clock_text(entry.last).substr(0, 8);
    }
    line += '\n';
    const int columns = options_.width > 0 ? options_.width - static_cast<int>(kIndent) : 400;
    for (const std::string& detail : {fit_left(entry.match, columns), fit_right(entry.where, columns)}) {
      if (detail.empty()) continue;
      line.append(kIndent, ' ');
      line += painted(detail, ansi::kDim, color);
      line += '\n';
    }
    sink_(line);
  }

  Sink sink_;
  WriterOptions options_;
  Entries timed_, timeless_;
};

}  // namespace

std::unique_ptr<AlertWriter> make_timeline_writer(Sink sink, const WriterOptions& options) {
  return std::make_unique<TimelineWriter>(std::move(sink), options);
}

}  // namespace vedette::report
