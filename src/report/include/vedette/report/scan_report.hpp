// What a scan tells: the alerts as they come, the summary at the end, and the HTML report.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "vedette/model/alert.hpp"

namespace vedette::report {

enum class OutputFormat : std::uint8_t { table, ndjson, json, csv, timeline };
bool parse_output_format(std::string_view name, OutputFormat& out);

using Sink = std::function<void(std::string_view)>;

struct WriterOptions {
  bool color = false;  // ANSI colours
  int width = 0;       // terminal columns; 0: do not cut
};

// Writes alerts in the order given. Not thread safe. Log content is hostile: the text formats escape control
// characters, csv neutralises formulas (a leading = + - @ tab or CR gets a ').
class AlertWriter {
 public:
  virtual ~AlertWriter() = default;
  virtual void write(const model::Alert& alert) = 0;
  // Writes what is due at the end (the closing bracket of json; the timeline, which sorts by time).
  virtual void finish() = 0;
};
std::unique_ptr<AlertWriter> make_alert_writer(OutputFormat format, Sink sink, const WriterOptions& options);

struct FormatTotals {
  std::uint64_t events = 0, failures = 0;
};

struct InputTrouble {
  std::string path, message;
};

// Figures the caller gathers.
struct ScanTotals {
  std::uint64_t files = 0, bytes = 0, events = 0, events_without_time = 0;
  std::map<std::string, FormatTotals> formats;
  std::vector<InputTrouble> troubles;  // inputs that could not be read wholly
  std::size_t rules_loaded = 0, rules_refused = 0, rules_cannot_fire = 0;
  std::uint64_t correlation_dropped = 0;
  double seconds = 0;
  int threads = 1;
  bool limited = false;             // --limit cut the alerts written
  std::string version;              // of vedette
  std::vector<std::string> inputs;  // as given on the command line
};

// Gathers what summary and report need from the alerts. Bounded: details of at most `max_details` alerts are
// kept, the most severe ones; all are counted. Not thread safe.
class AlertStatistics {
 public:
  explicit AlertStatistics(std::size_t max_details = 5000);
  ~AlertStatistics();
  void add(const model::Alert& alert);

  std::uint64_t total() const;
  std::uint64_t by_level(model::Level level) const;

  struct State;
  const State& state() const { return *state_; }

 private:
  std::unique_ptr<State> state_;
};

// The closing lines of a scan, for a person.
std::string render_summary(const ScanTotals& totals, const AlertStatistics& alerts,
                           const WriterOptions& options);

// A self-contained HTML page: no script from elsewhere, no request, light and dark, printable.
std::string render_html(const ScanTotals& totals, const AlertStatistics& alerts);

// One progress line on a terminal, redrawn at most ten times a second.
class ProgressBar {
 public:
  // `total_bytes` 0: unknown.
  ProgressBar(Sink terminal, std::uint64_t total_bytes, int width);
  void set_total(std::uint64_t total_bytes) { total_bytes_ = total_bytes; }
  void update(std::uint64_t bytes, std::uint64_t events, std::uint64_t alerts, double seconds);
  void clear();

 private:
  Sink terminal_;
  std::uint64_t total_bytes_;
  int width_;
  double drawn_at_ = -1;
  bool visible_ = false;
};

}  // namespace vedette::report
