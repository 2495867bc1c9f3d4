#include "listeners/tailer.hpp"

#include <algorithm>

namespace vedette::ingest {

Tailer::Tailer(TailerOptions options, ports::Intake& intake, base::Metrics& metrics, base::Logger& log,
               std::shared_ptr<Outbox> outbox)
    : options_(std::move(options)),
      intake_(intake),
      metrics_(metrics),
      log_(log),
      counters_(metrics, intake, options_.listener),
      outbox_(std::move(outbox)),
      rate_(options_.max_events_per_second),
      states_(options_.state_folder) {}

Tailer::~Tailer() {
  stop_.store(true);
  watcher_.wake();
  if (thread_.joinable()) thread_.join();
}

base::Status Tailer::start() {
  for (const auto& input : options_.inputs) {
    const auto cutter = LineCutter::make(input.rules);
    if (!cutter.ok()) return cutter.error();
  }
  load();
  thread_ = std::thread([this] { run(); });
  return base::ok_status();
}

void Tailer::run() {
  const auto short_wait = std::min(options_.poll_interval, options_.settle);
  bool names = true;
  while (!stop_.load()) {
    const auto now = std::chrono::steady_clock::now();
    const bool due = now - scanned_ >= (resting_.empty() ? options_.poll_interval : short_wait);
    constexpr std::chrono::milliseconds kBetweenScans{20};
    if (due || (names && now - scanned_ >= kBetweenScans)) {
      scan();
      scanned_ = std::chrono::steady_clock::now();
      names = false;
    }
    if (must_save_) save();
    const bool busy = read_all();
    take_acks();
    if (should_save_ && std::chrono::steady_clock::now() - saved_ >= options_.checkpoint_interval) save();
    auto pause = busy ? std::chrono::milliseconds{0} : short_wait;
    if (names) pause = std::min(pause, kBetweenScans);
    if (should_save_) pause = std::min(pause, options_.checkpoint_interval);
    const auto changes = watcher_.wait(pause);
    names = names || changes.names;
    if (changes.written.empty()) continue;
    for (auto& [number, entry] : entries_) {
      if (entry.live && changes.written.contains(entry.state.last_path)) entry.dirty = true;
    }
  }
}

// One look at every file that may hold something; true if there was something.
bool Tailer::read_all() {
  bool busy = false;
  std::vector<std::uint64_t> numbers;
  for (const auto& [number, entry] : entries_) {
    if (entry.live && (entry.dirty || (entry.tail && entry.tail->held() != 0))) numbers.push_back(number);
  }
  for (const auto number : numbers) {
    if (stop_.load() || !wait_for_room()) return false;
    if (must_save_) save();
    if (must_save_) return false;  // what has no checkpoint yet is not begun
    const Kind kind = entries_.at(number).state.kind;
    if (kind == Kind::lines && read_lines(number)) busy = true;
    if (kind == Kind::evtx && read_evtx(number)) busy = true;
  }
  return busy;
}

bool Tailer::wait_for_room() {
  while (outbox_->full() && !stop_.load()) {
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
    take_acks();
    if (should_save_ && std::chrono::steady_clock::now() - saved_ >= options_.checkpoint_interval) save();
  }
  return !stop_.load();
}

void Tailer::take_acks() {
  for (const auto& [number, mark] : ledger_->take()) {
    const auto found = entries_.find(number);
    if (found == entries_.end()) continue;
    found->second.state.mark = mark;
    should_save_ = true;
  }
}

void Tailer::save() {
  std::vector<const TailState*> states;
  for (const auto& [number, entry] : entries_) states.push_back(&entry.state);
  const auto saved = states_.save(states);
  saved_ = std::chrono::steady_clock::now();
  if (!saved.ok()) {
    log_.error("checkpoints of tailed files cannot be written", {{"error.message", saved.error().message}});
    return;
  }
  must_save_ = should_save_ = false;
}

void Tailer::metrics_of(Entry& entry) {
  if (entry.events) return;
  const base::Labels labels{{"listener", options_.listener}, {"path", entry.state.path}};
  entry.events = &metrics_.counter("vedette_listener_file_events_total", "Events read from a file", labels);
  entry.bytes =
      &metrics_.counter("vedette_listener_file_bytes_total", "Bytes of events read from a file", labels);
}

void Tailer::drain(std::chrono::milliseconds deadline) {
  stop_.store(true);
  watcher_.wake();
  if (thread_.joinable()) thread_.join();
  outbox_->drain(deadline);
  outbox_->close();
  take_acks();
  save();
}

}  // namespace vedette::ingest
