#include "written_partition.hpp"

#include <algorithm>

#include "vedette/base/check.hpp"
#include "vedette/model/event_codec.hpp"

namespace vedette::bus {
namespace {

constexpr std::uint64_t kReserveOffsets = 1 << 20;
constexpr std::size_t kKeptBufferBytes = 8u << 20;
constexpr std::size_t kSmallFileBytes = 4096;

base::TimeNs now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

// About what a batch holds in memory.
std::size_t cost_of(const model::EventBatch& batch, std::size_t raw_bytes) {
  std::size_t cost = raw_bytes + 64 * batch.size();
  for (std::size_t i = 0; i < batch.size(); ++i) cost += batch[i].cells().size() * sizeof(model::Cell);
  return cost;
}

}  // namespace

WrittenPartition::WrittenPartition(Context& context, std::string folder)
    : Partition(context, std::move(folder)) {
  next_ = data_end_ = context_.options.first_offset;
}

WrittenPartition::~WrittenPartition() = default;

base::Status WrittenPartition::open() {
  folder_exists_ = context_.files.exists(folder_);
  if (!folder_exists_) return base::ok_status();
  {
    std::lock_guard lock(mutex_);
    TRY(list_segments(kNoLimit));
  }
  const bool end_is_known = recover_newest();
  for (const auto& segment : segments_) segment->report_unfinished_header();
  const std::uint64_t reserved = recover_reserved();
  {
    std::lock_guard lock(mutex_);
    next_ = std::max({data_end_, reserved, context_.options.first_offset});
    if (!end_is_known) data_end_ = next_;  // so that what cannot be read now stays valid
  }
  publish_mark();
  return base::ok_status();
}

// Cuts what a crash left unfinished, and decides whether the newest segment can be written on. False if it
// cannot be read, so that nobody knows where it ends.
bool WrittenPartition::recover_newest() {
  while (!segments_.empty()) {
    const auto segment = segments_.back();
    const auto bytes = segment->file_bytes();
    if (!bytes.ok()) {
      context_.reporter.say(bytes.error().message);
      return false;
    }
    if (*bytes >= SegmentHeader::kBytes) return recover(segment, *bytes);
    // A crash while its header was written.
    if (*bytes > 0) context_.reporter.torn_tail(segment->path(), *bytes);
    static_cast<void>(context_.files.remove(segment->path()));
    segments_.pop_back();
    data_end_ = std::max(data_end_, segment->first_offset());
  }
  return true;
}

bool WrittenPartition::recover(const std::shared_ptr<Segment>& segment, std::uint64_t bytes) {
  const auto tail = segment->find_tail(bytes);
  if (!tail.readable) {
    context_.reporter.say(segment->path() + ": cannot be read, the log goes on in a new file");
    return false;
  }
  segment->set_readable_bytes(tail.bytes);
  data_end_ = std::max({data_end_, tail.data_end, segment->header().previous_end});
  auto file = segment->file(base::FileSystem::Open::read_write);
  bool usable = file.ok() && segment->header_is_whole() && segment->header().salt == context_.salt;
  if (tail.cut > 0) {
    context_.reporter.torn_tail(segment->path(), tail.cut);
    usable = usable && (*file)->truncate(tail.bytes).ok();
  }
  // Readers shall see nothing that is not durable: the process may have died between a write and its sync.
  if (file.ok() && context_.options.sync) usable = (*file)->sync().ok() && usable;
  if (!usable) return true;
  active_ = segment;
  file_ = std::move(file).value();
  active_bytes_ = tail.bytes;
  return true;
}

// Offsets below the answer may have been given out.
std::uint64_t WrittenPartition::recover_reserved() {
  const std::string path = folder_ + "/reserved";
  const auto bytes = context_.files.read_all(path, kSmallFileBytes);
  if (bytes.ok()) {
    if (const auto offset = decode_reserved(*bytes)) return *offset;
  } else if (bytes.error().code == base::ErrorCode::not_found && segments_.empty()) {
    return 1;
  }
  context_.reporter.say(path + " is damaged or missing, offsets are skipped instead");
  return data_end_ + 2 * kReserveOffsets;
}

void WrittenPartition::close() {
  if (file_) static_cast<void>(file_->sync());
  if (reserved_ == 0) return;
  static_cast<void>(context_.files.replace(folder_ + "/reserved", encode_reserved(next_)));
}

base::Status WrittenPartition::reserve(std::uint64_t end) {
  if (end <= reserved_) return base::ok_status();
  TRY(context_.files.replace(folder_ + "/reserved", encode_reserved(end + kReserveOffsets)));
  reserved_ = end + kReserveOffsets;
  return base::ok_status();
}

base::Status WrittenPartition::new_segment() {
  SegmentHeader header;
  header.first_offset = next_;
  header.previous_end = data_end_;
  header.created = now_ns();
  header.salt = context_.salt;
  TRY_ASSIGN(auto segment, Segment::create(context_, folder_, header));
  TRY_ASSIGN(auto file, segment->file());
  if (const auto synced = context_.files.sync_folder(folder_); !synced.ok()) {
    static_cast<void>(context_.files.remove(segment->path()));
    return synced;
  }
  segment->set_readable_bytes(SegmentHeader::kBytes);
  active_ = segment;
  file_ = std::move(file);
  active_bytes_ = SegmentHeader::kBytes;
  std::lock_guard lock(mutex_);
  segments_.push_back(std::move(segment));
  return base::ok_status();
}

// A place for `count` offsets in a record of `bytes`.
base::Status WrittenPartition::prepare(std::uint64_t count, std::uint64_t bytes) {
  if (!folder_exists_) {
    TRY(context_.files.make_folders(folder_));
    folder_exists_ = true;
    publish_mark();
  }
  TRY(reserve(next_ + count));
  const bool full = active_ && active_bytes_ > SegmentHeader::kBytes &&
                    active_bytes_ + bytes > context_.options.segment_bytes;
  if (!active_ || full) TRY(new_segment());
  return base::ok_status();
}

void WrittenPartition::write(std::span<PendingAppend*> group, const Done& done) {
  while (!group.empty()) {
    const auto bytes_of = [](const PendingAppend* append) { return append->packed.bytes.size(); };
    std::uint64_t count = 0;
    for (const PendingAppend* append : group) count += append->packed.header.count;
    base::Status status = prepare(count, bytes_of(group.front()));
    std::size_t size = 1;
    if (status.ok()) {
      std::uint64_t end = active_bytes_ + bytes_of(group.front());
      while (size < group.size() && end + bytes_of(group[size]) <= context_.options.segment_bytes) {
        end += bytes_of(group[size++]);
      }
      status = write_unit(group.first(size), now_ns());
    }
    if (!status.ok()) {
      for (PendingAppend* append : group) done(*append, status.error());
      return;
    }
    for (PendingAppend* append : group.first(size)) done(*append, append->packed.header.offset);
    group = group.subspan(size);
  }
}

// The offsets are spent even if the write fails: nobody may ever take one record for another.
base::Status WrittenPartition::write_unit(std::span<PendingAppend*> unit, base::TimeNs now) {
  std::uint64_t next = next_;
  for (PendingAppend* append : unit) {
    append->packed.header.offset = next;
    append->packed.header.appended = now;
    append->packed.header.encode(append->packed.bytes.data(), context_.salt);
    next += append->packed.header.count;
  }
  std::string_view bytes = unit.front()->packed.bytes;
  if (unit.size() > 1) {
    buffer_.clear();
    for (const PendingAppend* append : unit) buffer_ += append->packed.bytes;
    bytes = buffer_;
  }
  base::Status status = file_->write_at(active_bytes_, bytes);
  const bool written = status.ok();
  if (written && context_.options.sync) status = file_->sync();
  {
    std::lock_guard lock(mutex_);
    next_ = next;
  }
  if (status.ok()) {
    publish(unit, bytes.size());
  } else {
    roll_back(/*sync_failed=*/written);
  }
  if (buffer_.capacity() > kKeptBufferBytes) buffer_ = std::string();
  return status;
}

// After a failed sync nobody knows which pages reached the disk, and a later sync may succeed without them:
// the file is given up, what follows goes into a new one.
void WrittenPartition::roll_back(bool sync_failed) {
  const bool cut = file_->truncate(active_bytes_).ok() && (!context_.options.sync || file_->sync().ok());
  if (cut && !sync_failed) return;
  context_.reporter.say(active_->path() + ": given up after a failed write, the log goes on in a new file");
  give_up_active();
  // At once, because its header says that what could not be cut is not valid.
  if (new_segment().ok() && context_.options.sync && !file_->sync().ok()) give_up_active();
}

void WrittenPartition::give_up_active() {
  if (active_bytes_ == SegmentHeader::kBytes) {  // nothing in it
    std::lock_guard lock(mutex_);
    CHECK(segments_.back() == active_);
    segments_.pop_back();
    static_cast<void>(context_.files.remove(active_->path()));
  }
  active_ = nullptr;
  file_ = nullptr;
}

void WrittenPartition::publish(std::span<PendingAppend*> unit, std::uint64_t bytes) {
  std::uint64_t position = active_bytes_;
  for (const PendingAppend* append : unit) {
    active_->note(append->packed.header.offset, position);
    position += append->packed.bytes.size();
  }
  active_bytes_ += bytes;
  active_->set_readable_bytes(active_bytes_);
  {
    std::lock_guard lock(mutex_);
    for (const PendingAppend* append : unit) cache(*append);
    data_end_ = next_;
    changed_.notify_all();
  }
  publish_mark();
}

// For followers. A mark that cannot be written makes them late, no more.
void WrittenPartition::publish_mark() {
  std::lock_guard mark_lock(mark_mutex_);
  DurableMark mark;
  {
    std::lock_guard lock(mutex_);
    mark = {begin(), data_end_, next_, 0, 0};
    if (!segments_.empty()) {
      mark.segment = segments_.back()->first_offset();
      mark.segment_bytes = segments_.back()->readable_bytes();
    }
  }
  std::string bytes = mark.encode();
  if (bytes == last_mark_) return;
  if (!mark_file_) {
    auto file = context_.files.open(folder_ + "/durable", base::FileSystem::Open::create);
    if (!file.ok()) return;
    mark_file_ = std::move(file).value();
  }
  if (mark_file_->write_at(0, bytes).ok()) last_mark_ = std::move(bytes);
}

void WrittenPartition::cache(const PendingAppend& append) {
  const LogOptions& options = context_.options;
  const RecordHeader& header = append.packed.header;
  if (options.always_decode || options.cache_bytes == 0) return;
  const std::size_t cost = cost_of(*append.batch, header.raw_bytes);
  cache_cost_ += cost;
  cache_.push_back(
      {{header.offset, header.count, header.appended, model::with_sequences(append.batch, header.offset)},
       header.raw_bytes,
       cost});
  while (cache_cost_ > options.cache_bytes) {
    cache_cost_ -= cache_.front().cost;
    cache_.pop_front();
  }
}

bool WrittenPartition::read_cache(std::uint64_t offset, std::size_t max_bytes,
                                  std::vector<ports::Record>& out) const {
  if (cache_.empty() || offset < cache_.front().record.offset) return false;
  auto at = std::partition_point(cache_.begin(), cache_.end(), [&](const Cached& cached) {
    return cached.record.offset + cached.record.count <= offset;
  });
  std::size_t bytes = 0;
  for (; at != cache_.end() && (out.empty() || bytes + at->raw_bytes <= max_bytes); ++at) {
    bytes += at->raw_bytes;
    out.push_back(at->record);
  }
  return true;
}

base::Result<std::vector<ports::Record>> WrittenPartition::read(std::uint64_t offset, std::size_t max_bytes,
                                                                std::chrono::milliseconds wait) {
  const auto deadline = std::chrono::steady_clock::now() + wait;
  std::unique_lock lock(mutex_);
  if (offset == 0) offset = begin();
  for (;;) {
    if (offset < begin()) return retained(begin());
    const bool more =
        changed_.wait_until(lock, deadline, [&] { return data_end_ > offset || context_.closing.load(); });
    if (!more || data_end_ <= offset) return std::vector<ports::Record>();
    std::vector<ports::Record> out;
    if (read_cache(offset, max_bytes, out)) return out;
    const std::uint64_t end = data_end_;
    lock.unlock();
    auto read = read_segments(offset, max_bytes);
    if (!read.ok() || !read->empty()) return read;
    lock.lock();
    offset = std::max(offset, end);  // nothing whole was left before it
  }
}

bool WrittenPartition::may_retain() {
  std::lock_guard lock(mutex_);
  return segments_.size() > 1;
}

// The oldest segment if it may go; never the newest.
std::shared_ptr<Segment> WrittenPartition::removable(std::optional<std::uint64_t> hold, bool& forced) const {
  if (segments_.size() < 2) return nullptr;
  std::uint64_t all = 0, done = 0;
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    const std::uint64_t bytes = segments_[i]->readable_bytes();
    all += bytes;
    if (i + 1 < segments_.size() && hold && segments_[i + 1]->first_offset() <= *hold) done += bytes;
  }
  const LogOptions& options = context_.options;
  const std::uint64_t oldest = segments_.front()->readable_bytes();
  if (done > 0 && done - oldest >= options.retain_bytes) return segments_.front();
  if (options.max_bytes == 0 || all <= options.max_bytes) return nullptr;
  forced = done == 0;
  return segments_.front();
}

void WrittenPartition::retain(std::optional<std::uint64_t> hold) {
  for (;;) {
    std::shared_ptr<Segment> segment;
    bool forced = false;
    {
      std::lock_guard lock(mutex_);
      segment = removable(hold, forced);
      if (!segment) return;
      segments_.erase(segments_.begin());
    }
    publish_mark();
    if (forced) {
      context_.reporter.say(segment->path() +
                            ": removed because the log has reached its maximum size, before every group had "
                            "read it");
    }
    const auto removed = context_.files.remove(segment->path());
    if (!removed.ok()) context_.reporter.say(removed.error().message);
  }
}

}  // namespace vedette::bus
