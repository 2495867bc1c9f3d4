// Reading the lines of files.
#include <algorithm>

#include <sys/stat.h>

#include "listeners/message_session.hpp"
#include "listeners/tailer.hpp"
#include "vedette/base/hash.hpp"

namespace vedette::ingest {

// Opens what is at the entry's path, if it is still the same content; otherwise it begins a new entry.
bool Tailer::open(std::uint64_t number, Entry& entry) {
  auto file = TailFile::open(entry.state.last_path);
  if (!file.ok()) return false;
  struct stat info {};
  if (::fstat(file->fd(), &info) != 0 || info.st_ino != entry.state.inode ||
      info.st_dev != entry.state.device) {
    return false;  // renamed just now: the next scan tells
  }
  const std::string head = file->read(0, kHeadBytes);
  if (!head_matches(entry.state, head) ||
      static_cast<std::uint64_t>(info.st_size) < entry.state.mark.offset ||
      !mark_matches(*file, entry.state.mark)) {
    renew(number);
    return false;
  }
  auto cutter = LineCutter::make(entry.input->rules);
  if (!cutter.ok()) return false;
  entry.head = head.substr(0, entry.state.head_size);
  entry.tail = std::make_unique<LineTail>(std::move(*file), entry.state, std::move(*cutter));
  if (entry.state.mark.offset > 0) repeat_header(number, entry, head);
  entry.changed = std::chrono::steady_clock::now();
  counters_.connection(1);
  return true;
}

// Formats whose records are told by a header need it again where a file is gone on with. Header lines make no
// events, so they have no ids.
void Tailer::repeat_header(std::uint64_t number, Entry& entry, std::string_view head) {
  const bool commented = head.starts_with("#separator") || head.starts_with("#Software:") ||
                         head.starts_with("#Version:") || head.starts_with("#Fields:");
  if (!commented && entry.input->format != "csv") return;
  Out out;
  for (std::size_t at = 0; at < head.size();) {
    const std::size_t end = head.find('\n', at);
    if (end == head.npos || (commented && head[at] != '#')) break;
    out.writer.add(head.substr(at, end - at));
    at = end + 1;
    if (!commented) break;
  }
  out.mark = entry.state.mark;
  hand_over(number, entry, out);
}

// The file has another content now: the old one is left, and the new one begins.
std::uint64_t Tailer::renew(std::uint64_t number) {
  Entry& entry = entries_.at(number);
  if (entry.tail && entry.tail->held() != 0) counters_.dropped("truncated", 1);
  const FoundFile file{entry.state.last_path, entry.state.device, entry.state.inode, 0, 0};
  const TailInput& input = *entry.input;
  const bool listed = entry.listed;
  leave(number, entry);
  const std::uint64_t fresh = add(file, input, Kind::lines);
  entries_.at(fresh).listed = listed;
  return fresh;
}

LineCutter::Flush Tailer::flush_of(const Entry& entry, bool grew) const {
  if (grew) return LineCutter::Flush::nothing;
  const auto idle = std::chrono::steady_clock::now() - entry.changed;
  if (!entry.listed) {
    struct stat info {};
    const bool removed = ::fstat(entry.tail->file().fd(), &info) == 0 && info.st_nlink == 0;
    if (removed || idle >= options_.leave_after) return LineCutter::Flush::all;
  }
  if (idle >= options_.partial_line_after) return LineCutter::Flush::all;
  return idle >= options_.join_timeout ? LineCutter::Flush::joined : LineCutter::Flush::nothing;
}

bool Tailer::read_lines(std::uint64_t number) {
  Entry& entry = entries_.at(number);
  if (!entry.input || (!entry.tail && !open(number, entry))) {
    if (entry.live) entry.dirty = false;
    return false;
  }
  const auto look = entry.tail->look(entry.state);
  if (look == LineTail::Look::replaced) {
    renew(number);
    return true;
  }
  const bool grew = look == LineTail::Look::data;
  if (grew) entry.changed = std::chrono::steady_clock::now();
  const auto flush = flush_of(entry, grew);
  if (grew || (flush != LineCutter::Flush::nothing && entry.tail->held() != 0)) {
    if (entry.state.head_size < kHeadBytes && entry.tail->fetched() > entry.state.head_size) {
      entry.head = entry.tail->head();
      entry.state.head_size = static_cast<std::uint32_t>(entry.head.size());
      entry.state.head_hash = base::hash64(entry.head);
    }
    std::vector<TailRecord> records;
    entry.tail->cut(flush, records);
    entry.handed_over = entry.tail->here();
    Out out;
    for (const auto& record : records) add_record(number, entry, out, record);
    hand_over(number, entry, out);
  }
  if (grew) return true;
  entry.dirty = false;
  if (!entry.listed && flush == LineCutter::Flush::all) leave(number, entry);
  if (!entry.listed && entry.live) entry.dirty = true;
  return false;
}

void Tailer::add_record(std::uint64_t number, Entry& entry, Out& out, const TailRecord& record) {
  constexpr std::size_t kMostRecords = 1024, kMostBytes = 1u << 20;
  if (out.writer.bytes() + record.text.size() > kMostBytes) hand_over(number, entry, out);
  auto& raw = out.writer.add(record.text,
                             record.cut ? std::span<const Extra>(&cut_flag(), 1) : std::span<const Extra>());
  raw.id = tail_record_id(entry.state, record.offset, record.text);
  raw.id_tells_bytes = true;
  out.mark = record.after;
  if (record.cut) counters_.cut();
  if (out.writer.size() >= kMostRecords) hand_over(number, entry, out);
}

void Tailer::hand_over(std::uint64_t number, Entry& entry, Out& out) {
  if (out.writer.empty()) return;
  if (!entry.source) {
    auto source = std::make_shared<model::Source>();
    source->path = entry.state.path;
    entry.source = std::move(source);
    entry.counters = counters_.of_source(entry.state.path);
  }
  const std::uint64_t events = out.writer.size();
  const std::uint64_t size = out.writer.bytes();
  model::RawBatch batch = out.writer.take();
  batch.listener = options_.listener;
  batch.format = entry.state.kind == Kind::evtx ? "evtx" : entry.input->format;
  batch.source = entry.source;
  const std::uint64_t ticket = ledger_->hand_over(number, out.mark);
  batch.done = [ledger = ledger_, number, ticket](const model::IntakeAnswer& answer) {
    if (answer.ok()) ledger->acknowledged(number, ticket);
  };
  entry.counters.took(events, size);
  outbox_->send(std::move(batch), Outbox::OnError::try_again);
  const auto pause = rate_.charge(events, std::chrono::steady_clock::now());
  const auto until = std::chrono::steady_clock::now() + pause;
  while (!stop_.load() && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(std::min(pause, std::chrono::milliseconds{20}));
  }
}

void Tailer::close_idle() {
  const auto now = std::chrono::steady_clock::now();
  std::vector<std::pair<SteadyTime, std::uint64_t>> open;
  for (const auto& [number, entry] : entries_) {
    // What was read must be acknowledged, as it is opened again at the mark.
    const bool idle = entry.tail && entry.listed && !entry.dirty && entry.tail->held() == 0 &&
                      ledger_->open(number) == 0 && entry.state.mark.offset == entry.tail->fetched();
    if (idle) open.emplace_back(entry.changed, number);
  }
  std::sort(open.begin(), open.end());
  std::size_t count = 0;
  for (const auto& [number, entry] : entries_) count += entry.tail ? 1 : 0;
  for (const auto& [changed, number] : open) {
    if (now - changed < options_.close_after && count <= options_.max_open_files) return;
    entries_.at(number).tail.reset();
    counters_.connection(-1);
    --count;
  }
}

}  // namespace vedette::ingest
