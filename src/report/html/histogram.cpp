// The alerts over time as an SVG of stacked bars.
#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <numeric>

#include <fmt/format.h>

#include "html/escape.hpp"
#include "html/page.hpp"
#include "text_layout.hpp"

namespace vedette::report::html {
namespace {

constexpr double kWidth = 1100, kHeight = 236, kLeft = 46, kRight = 8, kTop = 10, kBottom = 44;
constexpr double kPlotWidth = kWidth - kLeft - kRight, kPlotHeight = kHeight - kTop - kBottom;
constexpr base::TimeNs kMinute = 60 * base::kNsPerSecond, kDay = 1440 * kMinute;
constexpr std::size_t kMaxLabels = 10;

std::uint64_t sum(const LevelCounts& counts) {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

// The distance of grid lines: 1, 2 or 5 times a power of ten, at most four lines up to `most`.
std::uint64_t grid_step(std::uint64_t most) {
  for (std::uint64_t power = 1; power < 1'000'000'000'000'000'000u; power *= 10) {
    for (const std::uint64_t digit : {1u, 2u, 5u}) {
      if (most <= digit * power * 4) return digit * power;
    }
  }
  return most;
}

std::string_view month_text(int month) {
  constexpr std::array<std::string_view, 12> kNames = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  return kNames[static_cast<std::size_t>(month - 1)];
}

std::string step_text(base::TimeNs step) {
  const auto unit = [&](base::TimeNs size, std::string_view name) {
    return step == size ? std::string(name) : fmt::format("{} {}s", step / size, name);
  };
  if (step >= kDay) return unit(kDay, "day");
  if (step >= 60 * kMinute) return unit(60 * kMinute, "hour");
  return step >= kMinute ? unit(kMinute, "minute") : unit(base::kNsPerSecond, "second");
}

// How many bars lie between two labels: such that the labels stand at round times.
std::size_t label_every(const HistogramView& view) {
  constexpr std::array<base::TimeNs, 19> kRound = {base::kNsPerSecond,
                                                   5 * base::kNsPerSecond,
                                                   15 * base::kNsPerSecond,
                                                   kMinute / 2,
                                                   kMinute,
                                                   5 * kMinute,
                                                   15 * kMinute,
                                                   30 * kMinute,
                                                   60 * kMinute,
                                                   180 * kMinute,
                                                   360 * kMinute,
                                                   720 * kMinute,
                                                   kDay,
                                                   2 * kDay,
                                                   7 * kDay,
                                                   28 * kDay,
                                                   364 * kDay,
                                                   3640 * kDay,
                                                   36400 * kDay};
  for (const base::TimeNs round : kRound) {
    if (round < view.step || round % view.step != 0) continue;
    const auto every = static_cast<std::size_t>(round / view.step);
    if (view.bars.size() / every <= kMaxLabels) return every;
  }
  return std::max<std::size_t>(1, view.bars.size() / kMaxLabels);
}

class Chart {
 public:
  Chart(std::string& out, const HistogramView& view) : out_(out), view_(view) {
    std::uint64_t most = 1;
    for (const LevelCounts& bar : view.bars) most = std::max(most, sum(bar));
    grid_ = grid_step(most);
    top_ = (most + grid_ - 1) / grid_ * grid_;
    slot_ = kPlotWidth / static_cast<double>(view.bars.size());
  }

  void draw() {
    append(
        "<svg class=\"chart\" viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" aria-label=\"Alerts over time, "
        "stacked by "
        "level\">",
        kWidth, kHeight);
    grid();
    for (std::size_t i = 0; i < view_.bars.size(); ++i) bar(i);
    labels();
    out_ += "</svg>";
  }

 private:
  template <typename... Args>
  void append(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Args>(args)...);
  }

  double y_of(std::uint64_t count) const {
    return kTop + kPlotHeight * (1 - static_cast<double>(count) / static_cast<double>(top_));
  }
  double x_of(std::size_t bar) const { return kLeft + slot_ * static_cast<double>(bar); }
  base::TimeNs time_of(std::size_t bar) const {
    return view_.start + static_cast<base::TimeNs>(bar) * view_.step;
  }

  void grid() {
    for (std::uint64_t count = 0; count <= top_; count += grid_) {
      append("<line class=\"{}\" x1=\"{:.0f}\" x2=\"{:.0f}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>",
             count == 0 ? "axis" : "grid", kLeft, kWidth - kRight, y_of(count), y_of(count));
      append("<text x=\"{:.0f}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>", kLeft - 8, y_of(count) + 4,
             count < 10'000 ? grouped(count) : compact(static_cast<double>(count)));
    }
  }

  void bar(std::size_t index) {
    const LevelCounts& counts = view_.bars[index];
    if (sum(counts) == 0) return;
    append("<g><title>{} to {} UTC\n", date_time_text(time_of(index)), date_time_text(time_of(index + 1)));
    for (std::size_t level = model::kLevels; level-- > 0;) {
      if (counts[level] == 0) continue;
      append("{}: {}\n", model::level_name(static_cast<model::Level>(level)), grouped(counts[level]));
    }
    out_ += "</title>";
    // The whole column answers the pointer.
    append("<rect class=\"hit\" x=\"{:.2f}\" y=\"{:.0f}\" width=\"{:.2f}\" height=\"{:.0f}\"/>", x_of(index),
           kTop, slot_, kPlotHeight);
    std::uint64_t below = 0;
    const double gap = slot_ > 6 ? 2 : 0.5;
    for (std::size_t level = model::kLevels; level-- > 0;) {
      if (counts[level] == 0) continue;
      const double y = y_of(below + counts[level]);
      // A single alert beside thousands must still be seen.
      const double height = std::max(1.5, y_of(below) - y);
      append("<rect class=\"{}\" x=\"{:.2f}\" y=\"{:.2f}\" width=\"{:.2f}\" height=\"{:.2f}\"/>",
             level_class(static_cast<model::Level>(level)), x_of(index) + gap / 2, y_of(below) - height,
             std::max(1.0, slot_ - gap), height);
      below += counts[level];
    }
    out_ += "</g>";
  }

  void labels() {
    const std::size_t every = label_every(view_);
    const base::TimeNs period = view_.step * static_cast<base::TimeNs>(every);
    std::string day_shown;
    for (std::size_t i = 0; i < view_.bars.size(); ++i) {
      const base::TimeNs time = time_of(i);
      // Four days: the origin of the buckets is a Monday.
      if ((time - 4 * kDay) % period != 0) continue;
      const double x = x_of(i);
      append("<line class=\"axis\" x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1:.0f}\" y2=\"{2:.0f}\"/>", x,
             kTop + kPlotHeight, kTop + kPlotHeight + 5);
      const base::CivilTime civil = base::to_civil(time);
      std::string first, second;
      if (period >= kDay) {
        first = period >= 364 * kDay ? fmt::format("{}", civil.year)
                                     : fmt::format("{} {}", civil.day, month_text(civil.month));
        if (period < 364 * kDay) second = fmt::format("{}", civil.year);
      } else {
        first = clock_text(time).substr(0, period < kMinute ? 8 : 5);
        second = fmt::format("{} {} {}", civil.day, month_text(civil.month), civil.year);
      }
      const std::string_view anchor = x > kWidth - 60 ? "end" : "middle";
      append("<text x=\"{:.1f}\" y=\"{:.0f}\" text-anchor=\"{}\">{}</text>", x, kTop + kPlotHeight + 18,
             anchor, first);
      if (second == day_shown || second.empty()) continue;
      append("<text class=\"day\" x=\"{:.1f}\" y=\"{:.0f}\" text-anchor=\"{}\">{}</text>", x,
             kTop + kPlotHeight + 33, anchor, second);
      day_shown = second;
    }
  }

  std::string& out_;
  const HistogramView& view_;
  std::uint64_t grid_ = 1, top_ = 1;
  double slot_ = 1;
};

}  // namespace

void append_histogram(Page& page) {
  if (page.state.histogram.empty()) return;
  const HistogramView view = page.state.histogram.view();
  page.out +=
      "<section class=\"card\" aria-labelledby=\"h-time\"><div class=\"head\"><h2 id=\"h-time\">Alerts over "
      "time</h2><ul class=\"legend\">";
  for (std::size_t level = model::kLevels; level-- > 0;) {
    if (page.state.levels[level] == 0) continue;
    const auto shown = static_cast<model::Level>(level);
    page.out += fmt::format(
        "<li><svg width=\"10\" height=\"10\" aria-hidden=\"true\"><rect class=\"{}\" width=\"10\" "
        "height=\"10\" rx=\"2\"/></svg>{}</li>",
        level_class(shown), model::level_name(shown));
  }
  page.out += "</ul></div>";
  Chart(page.out, view).draw();
  page.out += "<p class=\"note\">One bar is " + step_text(view.step) + "; times are UTC.";
  if (view.before + view.after > 0) {
    page.out += " " + counted(view.before + view.after, "alert") + " far outside this period (" +
                escaped(date_time_text(page.state.first)) + " to " +
                escaped(date_time_text(page.state.last)) + ") not drawn.";
  }
  if (page.state.without_time > 0) {
    page.out += " " + counted(page.state.without_time, "alert") + " without a time not drawn.";
  }
  page.out += "</p></section>\n";
}

}  // namespace vedette::report::html
