// The closing lines of a scan: at most 100 columns.
#include <algorithm>
#include <cmath>

#include "attack.hpp"
#include "statistics_state.hpp"
#include "text_layout.hpp"
#include "vedette/base/text.hpp"

namespace vedette::report {
namespace {

using model::Level;
constexpr int kMaxColumns = 100;
constexpr std::size_t kTop = 10;
constexpr std::size_t kMaxTroubles = 10;

class Summary {
 public:
  Summary(const ScanTotals& totals, const AlertStatistics& alerts, const WriterOptions& options)
      : totals_(totals), state_(alerts.state()), color_(options.color) {
    columns_ = options.width > 0 ? std::clamp(options.width, 60, kMaxColumns) : kMaxColumns;
  }

  std::string render() {
    scan();
    levels();
    rules();
    hosts();
    attack();
    formats();
    troubles();
    return std::move(out_);
  }

 private:
  std::string bold(std::string_view text) const { return painted(text, ansi::kBold, color_); }
  std::string dim(std::string_view text) const { return painted(text, ansi::kDim, color_); }

  void section(std::string_view title) { out_ += "\n" + bold(title) + "\n"; }

  static std::string right(std::string text, int columns) {
    const int width = display_width(text);
    return std::string(static_cast<std::size_t>(std::max(0, columns - width)), ' ') + text;
  }

  // "████▌" of at most `columns`.
  static std::string bar(std::uint64_t part, std::uint64_t whole, int columns) {
    if (part == 0 || whole == 0) return {};
    const double eighths = static_cast<double>(part) / static_cast<double>(whole) * columns * 8;
    const int units = std::max(1, static_cast<int>(std::lround(eighths)));
    std::string text;
    for (int i = 0; i < units / 8; ++i) text += "█";
    constexpr std::array<std::string_view, 8> kParts = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    text += kParts[static_cast<std::size_t>(units % 8)];
    return text;
  }

  void scan() {
    section("Scan");
    std::string line = "  " + counted(totals_.files, "file") + " · " +
                       bytes_text(static_cast<double>(totals_.bytes)) + " · " +
                       counted(totals_.events, "event") + " · " + seconds_text(totals_.seconds);
    if (totals_.seconds > 0) {
      line += " (" + compact(static_cast<double>(totals_.events) / totals_.seconds) + " events/s, " +
              bytes_text(static_cast<double>(totals_.bytes) / totals_.seconds) + "/s, " +
              counted(static_cast<std::uint64_t>(totals_.threads), "thread") + ")";
    }
    out_ += line + "\n  " + counted(totals_.rules_loaded, "rule") + " loaded";
    const auto part = [&](std::uint64_t count, std::string_view what) {
      if (count > 0) out_ += " · " + painted(grouped(count), ansi::kYellow, color_) + " " + std::string(what);
    };
    part(totals_.rules_refused, "refused");
    part(totals_.rules_cannot_fire, "cannot fire");
    out_ += '\n';
  }

  void levels() {
    section("Alerts");
    if (state_.total == 0) {
      out_ += "  " + painted("None.", ansi::kGreen, color_) + "\n";
      return;
    }
    const std::uint64_t most = *std::max_element(state_.levels.begin(), state_.levels.end());
    for (int i = model::kLevels - 1; i >= 0; --i) {
      const auto level = static_cast<Level>(i);
      const std::uint64_t count = state_.levels[static_cast<std::size_t>(i)];
      std::string name(short_level(level));
      const std::string label = count > 0 ? painted(name, ansi::level(level), color_) : dim(name);
      out_ += "  " + label + std::string(10 - name.size(), ' ') + right(grouped(count), 11);
      if (count > 0) out_ += "  " + painted(bar(count, most, columns_ - 40), bar_color(level), color_);
      out_ += '\n';
    }
    out_ += "  " + dim("total     ") + right(grouped(state_.total), 11);
    if (state_.first != 0) {
      out_ += dim("  from " + date_time_text(state_.first) + " to " + date_time_text(state_.last) + " UTC");
    }
    out_ += '\n';
    if (totals_.limited)
      out_ += "  " + dim("--limit cut the list of alerts; these figures count all of them.") + "\n";
  }

  static std::string_view bar_color(Level level) {
    return level == Level::critical ? ansi::kRed : level == Level::high ? "\x1b[91m" : ansi::level(level);
  }

  void rules() {
    if (state_.rules.empty()) return;
    section(state_.rules.size() > kTop ? "Rules that fired most (of " + grouped(state_.rules.size()) + ")"
                                       : std::string("Rules that fired"));
    for (const RuleCount* count : state_.top_rules(kTop)) {
      std::string name(short_level(count->rule->level));
      out_ += right(grouped(count->total), 11) + "  " +
              painted(name, ansi::level(count->rule->level), color_) + std::string(10 - name.size(), ' ') +
              fit_left(base::escape_control(count->rule->title), columns_ - 24) + "\n";
    }
  }

  void hosts() {
    if (state_.hosts.names() == 0) return;
    section(state_.hosts.names() > kTop ? "Hosts with most alerts (of " + grouped(state_.hosts.names()) + ")"
                                        : std::string("Hosts with alerts"));
    for (const EntityTable::Row& row : state_.hosts.top(kTop)) {
      std::string name = fit_left(base::escape_control(row.name), 40);
      pad_to(name, 40);
      out_ += right(grouped(row.count->total), 11) + "  " + name + "  ";
      std::string levels;
      for (int i = model::kLevels - 1; i >= 0; --i) {
        const std::uint64_t count = row.count->levels[static_cast<std::size_t>(i)];
        if (count == 0 || (i < 2 && !levels.empty())) continue;
        if (!levels.empty()) levels += ", ";
        levels += grouped(count) + " " + std::string(short_level(static_cast<Level>(i)));
      }
      out_ += dim(fit_left(levels, columns_ - 55)) + "\n";
    }
  }

  void attack() {
    bool titled = false;
    for (const TacticSeen& tactic : attack_seen(state_)) {
      if (tactic.alerts == 0) continue;
      if (!std::exchange(titled, true)) section("MITRE ATT&CK");
      std::string title(tactic.title);
      pad_to(title, 22);
      std::string line = "  " + title;
      int column = 24;
      for (const TechniqueSeen& technique : tactic.techniques) {
        const std::string id = base::escape_control(technique.id);
        const std::string count = grouped(technique.alerts);
        const int width = display_width(id) + static_cast<int>(count.size()) + 3;
        if (column + width > columns_ && column > 24) {
          out_ += line + "\n";
          line = std::string(24, ' ');
          column = 24;
        }
        line += id + " " + dim(count) + "  ";
        column += width;
      }
      if (tactic.techniques.empty()) line += dim(counted(tactic.alerts, "alert"));
      out_ += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
    }
  }

  void formats() {
    if (totals_.formats.empty()) return;
    section("Formats");
    std::string head = "  format";
    pad_to(head, 34);
    out_ += dim(head + right("events", 14) + right("parse failures", 18)) + "\n";
    std::vector<std::pair<std::string_view, FormatTotals>> rows(totals_.formats.begin(),
                                                                totals_.formats.end());
    std::stable_sort(rows.begin(), rows.end(),
                     [](const auto& a, const auto& b) { return a.second.events > b.second.events; });
    for (const auto& [name, format] : rows) {
      std::string cell = "  " + fit_left(base::escape_control(name), 30);
      pad_to(cell, 34);
      const std::string failures = right(grouped(format.failures), 18);
      out_ += cell + right(grouped(format.events), 14) +
              (format.failures > 0 ? painted(failures, ansi::kYellow, color_) : dim(failures)) + "\n";
    }
    if (totals_.events_without_time > 0) {
      out_ += "  " + dim(counted(totals_.events_without_time, "event") + " without a time") + "\n";
    }
  }

  void troubles() {
    if (totals_.troubles.empty() && totals_.correlation_dropped == 0) return;
    section("Problems");
    const std::string mark = "  " + painted("!", ansi::kYellow, color_) + " ";
    const std::size_t shown = std::min(totals_.troubles.size(), kMaxTroubles);
    for (std::size_t i = 0; i < shown; ++i) {
      const InputTrouble& trouble = totals_.troubles[i];
      const std::string path = fit_right(base::escape_control(trouble.path), columns_ / 2);
      out_ += mark + path + ": " +
              fit_left(base::escape_control(trouble.message), columns_ - display_width(path) - 6) + "\n";
    }
    if (totals_.troubles.size() > shown) {
      out_ += mark + "and " + counted(totals_.troubles.size() - shown, "more input") + "\n";
    }
    if (totals_.correlation_dropped > 0) {
      out_ += mark + counted(totals_.correlation_dropped, "observation") +
              " dropped by correlations that reached their memory limit\n";
    }
  }

  const ScanTotals& totals_;
  const AlertStatistics::State& state_;
  bool color_;
  int columns_;
  std::string out_;
};

}  // namespace

std::string render_summary(const ScanTotals& totals, const AlertStatistics& alerts,
                           const WriterOptions& options) {
  return Summary(totals, alerts, options).render();
}

}  // namespace vedette::report
