#include "followed_partition.hpp"

#include <algorithm>
#include <thread>

namespace vedette::bus {
namespace {

constexpr std::chrono::milliseconds kPoll{4};
constexpr std::chrono::microseconds kMarkPause{200};
constexpr int kMarkAttempts = 5;  // a mark that is being overwritten may look damaged

}  // namespace

std::optional<DurableMark> FollowedPartition::read_mark() {
  if (!mark_file_) {
    auto file = context_.files.open(folder_ + "/durable", base::FileSystem::Open::read);
    if (!file.ok()) return std::nullopt;
    mark_file_ = std::move(file).value();
  }
  for (int attempt = 0; attempt < kMarkAttempts; ++attempt) {
    std::string bytes(DurableMark::kBytes, '\0');
    const auto got = mark_file_->read_at(0, bytes.data(), bytes.size());
    if (!got.ok()) break;
    bytes.resize(*got);
    if (const auto mark = DurableMark::decode(bytes)) return mark;
    std::this_thread::sleep_for(kMarkPause);
  }
  return std::nullopt;
}

void FollowedPartition::follow(const DurableMark& mark) {
  if (mark_ && *mark_ == mark) return;
  const bool same_files = mark_ && mark_->segment == mark.segment && mark_->begin == mark.begin;
  if (!same_files) {
    if (!segments_.empty()) segments_.back()->set_readable_bytes(kNoLimit);
    if (mark.segment != 0 && !list_segments(mark.segment).ok()) return;
    std::erase_if(segments_, [&](const auto& segment) { return segment->first_offset() < mark.begin; });
  }
  // A newest segment that is not there was removed meanwhile; the next mark will say so.
  if (!segments_.empty() && segments_.back()->first_offset() == mark.segment) {
    segments_.back()->set_readable_bytes(mark.segment_bytes);
  }
  first_ = mark.begin;
  data_end_ = mark.data_end;
  next_ = mark.next;
  mark_ = mark;
}

// Without a mark: what is whole counts.
void FollowedPartition::examine() {
  mark_ = std::nullopt;
  if (!list_segments(kNoLimit).ok() || segments_.empty()) return;
  Segment& newest = *segments_.back();
  const auto size = newest.file_bytes();
  if (!size.ok()) return;
  const std::uint64_t bytes = *size;
  first_ = begin();
  if (newest.first_offset() == examined_segment_ && bytes == examined_bytes_) return;
  examined_segment_ = newest.first_offset();
  examined_bytes_ = bytes;
  const auto tail = newest.find_tail(bytes);
  newest.set_readable_bytes(tail.bytes);
  data_end_ = std::max(tail.data_end, newest.header().previous_end);
  next_ = data_end_;
}

void FollowedPartition::refresh() {
  std::lock_guard lock(mutex_);
  if (const auto mark = read_mark()) {
    follow(*mark);
  } else {
    examine();
  }
}

ports::Bus::Bounds FollowedPartition::bounds() {
  refresh();
  std::lock_guard lock(mutex_);
  return {first_, data_end_};
}

base::Result<std::vector<ports::Record>> FollowedPartition::read(std::uint64_t offset, std::size_t max_bytes,
                                                                 std::chrono::milliseconds wait) {
  const auto deadline = std::chrono::steady_clock::now() + wait;
  bool from_first = offset == 0;
  for (;;) {
    refresh();
    std::unique_lock lock(mutex_);
    if (from_first) offset = first_;
    from_first = false;
    if (offset < first_) return retained(first_);
    const std::uint64_t end = data_end_;
    lock.unlock();
    if (end > offset) {
      auto read = read_segments(offset, max_bytes);
      if (!read.ok() || !read->empty()) return read;
      offset = end;  // nothing whole was left before it
      continue;
    }
    const auto now = std::chrono::steady_clock::now();
    if (now >= deadline || context_.closing) return std::vector<ports::Record>();
    lock.lock();
    changed_.wait_for(lock, std::min<std::chrono::steady_clock::duration>(kPoll, deadline - now));
  }
}

}  // namespace vedette::bus
