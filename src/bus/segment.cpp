#include "segment.hpp"

#include <algorithm>

#include "payload.hpp"

namespace vedette::bus {
namespace {

constexpr std::uint64_t kIndexBytes = 64 << 10;
constexpr std::size_t kReadChunk = 256 << 10;
constexpr std::size_t kScanChunk = 1 << 20;
constexpr std::size_t kMaxKnownDamage = 1 << 20;
constexpr std::size_t kMaxToldDamage = 100;  // what is beyond is counted only

}  // namespace

base::Result<std::shared_ptr<Segment>> Segment::create(Context& context, const std::string& folder,
                                                       const SegmentHeader& header) {
  auto segment = std::make_shared<Segment>(context, folder + "/" + segment_name(header.first_offset),
                                           header.first_offset);
  segment->header_ = header;
  segment->header_is_whole_ = true;
  TRY_ASSIGN(const auto file, segment->file(base::FileSystem::Open::create));
  const auto left_over = file->size();  // of an attempt that failed
  base::Status status = left_over.ok() && *left_over == 0 ? base::ok_status() : file->truncate(0);
  if (status.ok()) status = file->write_at(0, header.encode());
  if (!status.ok()) {
    static_cast<void>(context.files.remove(segment->path_));
    return status.error();
  }
  return segment;
}

void Segment::load_header() {
  std::string bytes(SegmentHeader::kBytes, '\0');
  const auto opened = file();
  const auto got = opened.ok() ? (*opened)->read_at(0, bytes.data(), bytes.size()) : opened.error();
  const auto decoded =
      got.ok() && *got == bytes.size() ? SegmentHeader::decode(bytes) : std::optional<SegmentHeader>();
  header_is_whole_ = decoded && decoded->first_offset == first_offset_;
  if (header_is_whole_) {
    header_ = *decoded;
    return;
  }
  header_ = {first_offset_, first_offset_, 0, context_.salt};
  // A file may just have been begun, or removed.
  const bool gone = !got.ok() && got.error().code == base::ErrorCode::not_found;
  header_is_unfinished_ = got.ok() && *got < bytes.size();
  if (!gone && !header_is_unfinished_) report_damage(0, SegmentHeader::kBytes);
}

void Segment::report_unfinished_header() {
  if (header_is_unfinished_) report_damage(0, SegmentHeader::kBytes);
}

base::Result<std::shared_ptr<base::File>> Segment::file(base::FileSystem::Open mode) {
  std::lock_guard lock(mutex_);
  if (!file_ || mode != base::FileSystem::Open::read) {
    TRY_ASSIGN(file_, context_.files.open(path_, mode));
  }
  return file_;
}

void Segment::release_file() {
  std::lock_guard lock(mutex_);
  file_ = nullptr;
}

base::Result<std::uint64_t> Segment::file_bytes() {
  TRY_ASSIGN(const auto opened, file());
  return opened->size();
}

std::uint64_t Segment::readable_bytes() {
  const std::uint64_t bytes = readable_bytes_;
  if (bytes != kNoLimit) return bytes;
  const auto size = file_bytes();
  return size.ok() ? *size : 0;
}

void Segment::note(std::uint64_t offset, std::uint64_t position) {
  std::lock_guard lock(mutex_);
  if (!index_.empty() && position < index_.back().position + kIndexBytes) return;
  if (index_.empty() && position < SegmentHeader::kBytes + kIndexBytes) return;
  index_.push_back({offset, position});
}

Segment::Place Segment::place_before(std::uint64_t offset) const {
  std::lock_guard lock(mutex_);
  const auto after = std::upper_bound(index_.begin(), index_.end(), offset,
                                      [](std::uint64_t wanted, const Place& p) { return wanted < p.offset; });
  if (after == index_.begin()) return {first_offset_, SegmentHeader::kBytes};
  return *(after - 1);
}

// Once for every place, however often it is read.
void Segment::report_damage(std::uint64_t position, std::uint64_t bytes) {
  bool told = false;
  {
    std::lock_guard lock(mutex_);
    if (known_damage_.size() >= kMaxKnownDamage || !known_damage_.insert(position).second) return;
    told = known_damage_.size() <= kMaxToldDamage;
  }
  context_.reporter.damaged(path_, position, bytes, told);
}

Segment::Tail Segment::find_tail(std::uint64_t bytes) {
  Tail tail{std::min<std::uint64_t>(bytes, SegmentHeader::kBytes), first_offset_, 0, true};
  const auto opened = file();
  if (!opened.ok()) {
    tail.readable = false;
    return tail;
  }
  SegmentScanner scanner(**opened, {SegmentHeader::kBytes, bytes, first_offset_, kNoLimit}, header_.salt,
                         kScanChunk);
  std::vector<SegmentScanner::Step> pending;  // damage that is the tail unless a whole record follows
  for (auto step = scanner.next(); step.kind != SegmentScanner::Kind::end; step = scanner.next()) {
    if (step.kind == SegmentScanner::Kind::damage ||
        !payload_is_whole(step.header, scanner.payload(step), header_.salt)) {
      pending.push_back(step);
      continue;
    }
    for (const auto& damage : pending) report_damage(damage.position, damage.bytes);
    pending.clear();
    note(step.header.offset, step.position);
    tail.bytes = step.position + step.bytes;
    tail.data_end = step.header.end();
  }
  tail.cut = bytes - tail.bytes;
  tail.readable = !scanner.failed();
  return tail;
}

base::Result<bool> Segment::read(std::uint64_t offset, const Limits& limits, std::size_t& room,
                                 std::vector<ports::Record>& out) {
  TRY_ASSIGN(const auto opened, file());
  const Place start = place_before(offset);
  SegmentScanner scanner(*opened, {start.position, limits.bytes, start.offset, limits.offset}, header_.salt,
                         kReadChunk);
  while (room > 0 || out.empty()) {
    const auto step = scanner.next();
    if (step.kind == SegmentScanner::Kind::end) return true;
    if (step.kind == SegmentScanner::Kind::damage) {
      report_damage(step.position, step.bytes);
      continue;
    }
    note(step.header.offset, step.position);
    if (step.header.end() <= offset) continue;
    if (!out.empty() && step.header.raw_bytes > room) break;
    const std::string_view payload = scanner.payload(step);
    if (!payload_is_whole(step.header, payload, header_.salt)) {
      report_damage(step.position, step.bytes);
      continue;
    }
    auto batch = unpack(step.header, payload);
    if (!batch.ok()) {
      report_damage(step.position, step.bytes);
      continue;
    }
    room -= std::min<std::size_t>(room, step.header.raw_bytes);
    out.push_back({step.header.offset, step.header.count, step.header.appended, std::move(batch).value()});
  }
  return false;
}

std::vector<std::string> Segment::verify(const Limits& limits) {
  std::vector<std::string> found;
  const auto say = [&](std::uint64_t position, std::uint64_t bytes, const char* what) {
    if (found.size() < kMaxToldDamage) {
      found.push_back(path_ + ": " + what + ", " + std::to_string(bytes) + " bytes at " +
                      std::to_string(position));
    }
  };
  const auto opened = file();
  if (!opened.ok()) return {opened.error().message};
  if (!header_is_whole_) say(0, SegmentHeader::kBytes, "damaged header");
  SegmentScanner scanner(**opened, {SegmentHeader::kBytes, limits.bytes, first_offset_, limits.offset},
                         header_.salt, kScanChunk);
  for (auto step = scanner.next(); step.kind != SegmentScanner::Kind::end; step = scanner.next()) {
    if (step.kind == SegmentScanner::Kind::damage) {
      say(step.position, step.bytes, "no record");
    } else if (const auto payload = scanner.payload(step);
               !payload_is_whole(step.header, payload, header_.salt)) {
      say(step.position, step.bytes, "damaged record");
    } else if (const auto batch = unpack(step.header, payload); !batch.ok()) {
      say(step.position, step.bytes, "unreadable record");
    }
  }
  return found;
}

}  // namespace vedette::bus
