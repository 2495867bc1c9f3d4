#include "partition.hpp"

#include <algorithm>

namespace vedette::bus {
namespace {

constexpr std::size_t kMaxOpenFiles = 16;

}  // namespace

base::Status Partition::list_segments(std::uint64_t newest) {
  TRY_ASSIGN(const auto names, context_.files.list(folder_));
  std::vector<std::shared_ptr<Segment>> listed;
  auto known = segments_.begin();
  for (const std::string& name : names) {
    const auto first = parse_segment_name(name);
    if (!first || *first > newest) continue;
    while (known != segments_.end() && (*known)->first_offset() < *first) ++known;
    if (known != segments_.end() && (*known)->first_offset() == *first) {
      listed.push_back(*known);
      continue;
    }
    listed.push_back(std::make_shared<Segment>(context_, folder_ + "/" + name, *first));
    listed.back()->load_header();
    const auto bytes = listed.back()->file_bytes();
    listed.back()->set_readable_bytes(bytes.ok() ? *bytes : kNoLimit);
    listed.back()->release_file();
  }
  segments_ = std::move(listed);
  return base::ok_status();
}

std::uint64_t Partition::begin() const {
  if (segments_.empty()) return data_end_;
  // Offsets between the two were never those of a record.
  return std::min(segments_.front()->first_offset(), segments_.front()->header().previous_end);
}

base::Error Partition::retained(std::uint64_t first) const {
  return base::make_error(base::ErrorCode::not_found,
                          folder_ + ": the first offset still there is " + std::to_string(first));
}

ports::Bus::Bounds Partition::bounds() {
  std::lock_guard lock(mutex_);
  return {begin(), data_end_};
}

std::uint64_t Partition::next() {
  std::lock_guard lock(mutex_);
  return next_;
}

void Partition::wake() {
  std::lock_guard lock(mutex_);
  changed_.notify_all();
}

Partition::Piece Partition::piece_at(std::size_t index) const {
  Piece piece{segments_[index], kNoLimit, kNoLimit};
  if (index + 1 < segments_.size()) {
    const Segment& next = *segments_[index + 1];
    piece.following = next.first_offset();
    piece.limit_offset = std::min(next.first_offset(), next.header().previous_end);
  }
  return piece;
}

bool Partition::find_piece(std::uint64_t offset, Piece& piece) {
  std::lock_guard lock(mutex_);
  if (segments_.empty()) return false;
  const auto after = std::upper_bound(
      segments_.begin(), segments_.end(), offset,
      [](std::uint64_t wanted, const auto& segment) { return wanted < segment->first_offset(); });
  piece = piece_at(after == segments_.begin() ? 0 : static_cast<std::size_t>(after - segments_.begin()) - 1);
  return true;
}

// Files of older segments that readers are done with are closed again.
void Partition::limit_open_files(const Segment& used) {
  std::lock_guard lock(mutex_);
  if (!segments_.empty() && segments_.back().get() == &used) return;
  for (const auto& opened : opened_) {
    if (opened.lock().get() == &used) return;
  }
  for (const auto& segment : segments_) {
    if (segment.get() == &used) opened_.push_back(segment);
  }
  if (opened_.size() <= kMaxOpenFiles) return;
  if (const auto oldest = opened_.front().lock()) oldest->release_file();
  opened_.erase(opened_.begin());
}

base::Result<std::vector<ports::Record>> Partition::read_segments(std::uint64_t offset,
                                                                  std::size_t max_bytes) {
  std::vector<ports::Record> out;
  std::size_t room = max_bytes;
  bool vanished = false;
  Piece piece;
  std::uint64_t at = offset;
  while ((room > 0 || out.empty()) && find_piece(at, piece)) {
    const auto finished =
        piece.segment->read(at, {piece.segment->readable_bytes(), piece.limit_offset}, room, out);
    limit_open_files(*piece.segment);
    if (!finished.ok() && finished.error().code != base::ErrorCode::not_found) {
      if (out.empty()) return finished.error();
      break;
    }
    vanished |= !finished.ok();
    if ((finished.ok() && !*finished) || piece.following == kNoLimit) break;
    at = std::max(at, piece.following);
  }
  if (vanished) {
    std::lock_guard lock(mutex_);
    if (offset < begin()) return retained(begin());
  }
  return out;
}

Log::Use Partition::use() {
  std::vector<std::shared_ptr<Segment>> segments;
  {
    std::lock_guard lock(mutex_);
    segments = segments_;
  }
  Log::Use use;
  use.segments = segments.size();
  for (const auto& segment : segments) use.bytes += segment->readable_bytes();
  return use;
}

std::vector<std::string> Partition::verify() {
  std::vector<Piece> pieces;
  {
    std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < segments_.size(); ++i) pieces.push_back(piece_at(i));
  }
  std::vector<std::string> found;
  for (const Piece& piece : pieces) {
    auto sentences = piece.segment->verify({piece.segment->readable_bytes(), piece.limit_offset});
    found.insert(found.end(), sentences.begin(), sentences.end());
    limit_open_files(*piece.segment);
  }
  return found;
}

}  // namespace vedette::bus
