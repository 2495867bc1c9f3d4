#include "segment_scanner.hpp"

#include <algorithm>

namespace vedette::bus {

std::string_view FileWindow::at(std::uint64_t position, std::size_t size) {
  if (position >= limit_) return {};
  size = static_cast<std::size_t>(std::min<std::uint64_t>(size, limit_ - position));
  if (position < start_ || position + size > start_ + filled_) {
    const std::uint64_t wanted = std::min<std::uint64_t>(std::max(size, chunk_), limit_ - position);
    if (buffer_.size() < wanted) buffer_.resize(static_cast<std::size_t>(wanted));
    const auto got = file_.read_at(position, buffer_.data(), static_cast<std::size_t>(wanted));
    start_ = position;
    filled_ = got.ok() ? *got : 0;
    failed_ |= !got.ok();
  }
  const auto skipped = static_cast<std::size_t>(position - start_);
  return std::string_view(buffer_).substr(skipped, filled_ - skipped);
}

bool SegmentScanner::header_at(std::uint64_t position, RecordHeader& header) {
  const auto decoded = RecordHeader::decode(window_.at(position, RecordHeader::kBytes), salt_);
  if (!decoded || decoded->offset < range_.first_offset) return false;
  if (decoded->file_bytes() > range_.bytes - position) return false;
  header = *decoded;
  return true;
}

// Where the next record with a whole header starts, or the end.
std::uint64_t SegmentScanner::resync(std::uint64_t from) {
  RecordHeader header;
  while (from + RecordHeader::kBytes <= range_.bytes) {
    const std::string_view bytes = window_.at(from, RecordHeader::kBytes);
    if (bytes.size() < RecordHeader::kBytes) break;
    const std::size_t found = bytes.find(RecordHeader::kMagic);
    if (found == std::string_view::npos) {
      from += bytes.size() - (RecordHeader::kMagic.size() - 1);
    } else if (header_at(from + found, header)) {
      return from + found;
    } else {
      from += found + 1;
    }
  }
  return range_.bytes;
}

SegmentScanner::Step SegmentScanner::damage_to(std::uint64_t end) {
  const Step step{Kind::damage, position_, end - position_, {}};
  position_ = end;
  return step;
}

SegmentScanner::Step SegmentScanner::next() {
  if (position_ >= range_.bytes) return {Kind::end, position_, 0, {}};
  RecordHeader header;
  if (!header_at(position_, header)) return damage_to(resync(position_ + 1));
  if (header.offset >= range_.limit_offset) return {Kind::end, position_, 0, {}};
  const Step step{Kind::record, position_, header.file_bytes(), header};
  position_ += step.bytes;
  range_.first_offset = header.end();
  return step;
}

std::string_view SegmentScanner::payload(const Step& record) {
  const std::string_view bytes = window_.at(record.position + RecordHeader::kBytes, record.header.bytes);
  return bytes.substr(0, record.header.bytes);
}

}  // namespace vedette::bus
