#include <algorithm>
#include <utility>

#include "text_layout.hpp"
#include "vedette/report/scan_report.hpp"

namespace vedette::report {
namespace {

constexpr double kRedrawSeconds = 0.1;
constexpr int kBarColumns = 24;

std::string bar_text(double part) {
  std::string bar;
  const int full = static_cast<int>(part * kBarColumns + 0.5);
  for (int i = 0; i < kBarColumns; ++i) bar += i < full ? "━" : "─";
  return bar;
}

}  // namespace

ProgressBar::ProgressBar(Sink terminal, std::uint64_t total_bytes, int width)
    : terminal_(std::move(terminal)), total_bytes_(total_bytes), width_(width) {}

void ProgressBar::update(std::uint64_t bytes, std::uint64_t events, std::uint64_t alerts, double seconds) {
  if (drawn_at_ >= 0 && seconds - drawn_at_ < kRedrawSeconds) return;
  drawn_at_ = seconds;
  std::string line;
  if (total_bytes_ > 0) {
    // Compressed inputs may turn out larger than they looked.
    const double part = std::min(1.0, static_cast<double>(bytes) / static_cast<double>(total_bytes_));
    const std::string percent = std::to_string(static_cast<int>(part * 100));
    line = std::string(3 - std::min<std::size_t>(3, percent.size()), ' ') + percent + "% " + bar_text(part) +
           " ";
    line += bytes_text(static_cast<double>(bytes)) + " of " + bytes_text(static_cast<double>(total_bytes_));
  } else {
    line = bytes_text(static_cast<double>(bytes));
  }
  line += " · " + counted(events, "event");
  if (seconds > 0) line += " (" + compact(static_cast<double>(events) / seconds) + "/s)";
  line += " · " + counted(alerts, "alert");
  if (total_bytes_ > bytes && bytes > 0 && seconds >= 2) {
    const double left = seconds * static_cast<double>(total_bytes_ - bytes) / static_cast<double>(bytes);
    line +=
        " · " + seconds_text(std::max(1.0, static_cast<double>(static_cast<std::uint64_t>(left)))) + " left";
  }
  // The last column stays free: some terminals wrap when it is written.
  if (width_ > 1) line = fit_left(line, width_ - 1);
  terminal_("\r\x1b[K" + line);
  visible_ = true;
}

void ProgressBar::clear() {
  if (std::exchange(visible_, false)) terminal_("\r\x1b[K");
  drawn_at_ = -1;
}

}  // namespace vedette::report
