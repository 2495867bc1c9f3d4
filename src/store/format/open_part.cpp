#include "format/open_part.hpp"

#include <algorithm>

#include "format/bytes.hpp"
#include "vedette/base/hash.hpp"

namespace vedette::store::format {

OpenPart::OpenPart(std::unique_ptr<base::File> file, PartSummary summary, Directory directory,
                   std::uint64_t data_end)
    : file_(std::move(file)),
      summary_(std::move(summary)),
      directory_(std::move(directory)),
      data_end_(data_end),
      headers_(directory_.columns.size()) {
  for (std::uint32_t i = kHeadColumns; i < directory_.columns.size(); ++i) {
    FieldInfo info = directory_.columns[i].info;
    info.field = model::intern(directory_.columns[i].name);
    if (info.field == model::field::overflow && directory_.columns[i].name != model::name_of(info.field)) {
      nameless_.push_back(i);
      continue;
    }
    if (columns_.emplace(model::index_of(info.field), i).second) fields_.push_back(info);
  }
  if (!nameless_.empty() && !columns_.contains(model::index_of(model::field::overflow))) {
    FieldInfo info;
    info.field = model::field::overflow;
    info.rows = info.lists = summary_.rows;
    fields_.push_back(info);
  }
  std::sort(fields_.begin(), fields_.end(), [](const FieldInfo& a, const FieldInfo& b) {
    return model::index_of(a.field) < model::index_of(b.field);
  });
}

std::optional<std::uint32_t> OpenPart::column_of(model::FieldId field) const {
  const auto found = columns_.find(model::index_of(field));
  if (found == columns_.end()) return std::nullopt;
  return found->second;
}

base::Result<std::string> OpenPart::read(std::uint64_t offset, std::uint64_t size) const {
  if (offset > summary_.bytes || size > summary_.bytes - offset) return corrupt("offset");
  std::string bytes(size, '\0');
  TRY_ASSIGN(const std::size_t got, file_->read_at(offset, bytes.data(), bytes.size()));
  if (got != size) return corrupt("end (the file is cut short)");
  return bytes;
}

base::Result<std::shared_ptr<const ColumnHeader>> OpenPart::load_header(std::uint32_t column,
                                                                        std::uint64_t& bytes_read) const {
  {
    const std::lock_guard lock(mutex_);
    if (headers_[column]) return headers_[column];
  }
  const DirectoryColumn& place = directory_.columns[column];
  TRY_ASSIGN(const std::string bytes, read(place.offset, place.size));
  bytes_read += bytes.size();
  if (base::hash64(bytes) != place.checksum) return corrupt("column header");
  auto header = read_header(bytes, directory_.blocks, directory_.headers_offset);
  if (!header) return corrupt("column header");
  const std::lock_guard lock(mutex_);
  headers_[column] = header;
  return header;
}

base::Result<std::shared_ptr<const ColumnHeader>> OpenPart::header(std::uint32_t column,
                                                                   std::uint64_t& bytes_read) const {
  TRY_ASSIGN(auto header, load_header(column, bytes_read));
  if (!header->same_as) return header;
  if (*header->same_as >= headers_.size()) return corrupt("column header");
  TRY_ASSIGN(header, load_header(*header->same_as, bytes_read));
  if (header->same_as) return corrupt("column header");
  return header;
}

// The content of the chunk, without its checksum; empty if no row of the block has the column.
base::Result<std::string> OpenPart::read_chunk_bytes(std::uint32_t column, std::uint32_t block,
                                                     std::uint64_t& bytes_read) const {
  TRY_ASSIGN(const auto header, this->header(column, bytes_read));
  const auto& chunks = header->chunks;
  const auto chunk = std::lower_bound(chunks.begin(), chunks.end(), block,
                                      [](const ChunkPlace& a, std::uint32_t b) { return a.block < b; });
  if (chunk == chunks.end() || chunk->block != block) return std::string();
  TRY_ASSIGN(std::string bytes, read(chunk->offset, chunk->size));
  bytes_read += bytes.size();
  std::uint64_t checksum = 0;
  std::memcpy(&checksum, bytes.data() + bytes.size() - sizeof checksum, sizeof checksum);
  bytes.resize(bytes.size() - sizeof checksum);
  if (base::hash64(bytes) != checksum) return corrupt("column chunk");
  return bytes;
}

base::Result<std::unique_ptr<DecodedColumn>> OpenPart::read_column(std::uint32_t column, std::uint32_t block,
                                                                   std::uint64_t& bytes_read) const {
  TRY_ASSIGN(std::string bytes, read_chunk_bytes(column, block, bytes_read));
  if (bytes.empty()) return std::unique_ptr<DecodedColumn>();
  if (const auto other = reference_of(bytes)) {
    if (*other >= headers_.size()) return corrupt("reference to a column");
    TRY_ASSIGN(bytes, read_chunk_bytes(static_cast<std::uint32_t>(*other), block, bytes_read));
  }
  auto decoded = read_chunk(bytes, directory_.blocks[block].rows);
  if (!decoded) return corrupt("column chunk");
  return decoded;
}

base::Result<std::unique_ptr<Block>> OpenPart::open_block(std::size_t index) const {
  CHECK(index < directory_.blocks.size());
  return make_part_block(shared_from_this(), static_cast<std::uint32_t>(index));
}

base::Status OpenPart::verify_filter(const FilterPlace& filter, std::uint64_t width,
                                     std::uint64_t& at) const {
  if (filter.pages == 0) return base::ok_status();
  if (filter.offset != at) return corrupt("place of a filter");
  for (std::uint64_t page = 0; page < filter.pages; ++page) {
    TRY_ASSIGN(const std::string bytes, read(at, page_bytes(width)));
    if (!page_is_sound(bytes)) return corrupt("filter page");
    at += bytes.size();
  }
  return base::ok_status();
}

base::Status OpenPart::verify_column(std::uint32_t column, const base::CancellationToken& cancellation,
                                     std::uint64_t& bytes_read) const {
  TRY_ASSIGN(const auto header, this->header(column, bytes_read));
  for (const ChunkPlace& chunk : header->chunks) {
    if (cancellation.cancelled()) return base::make_error(base::ErrorCode::cancelled, "stopped");
    TRY_ASSIGN(const auto decoded, read_column(column, chunk.block, bytes_read));
    if (!decoded) return corrupt("column chunk");
    if (column < kSourcePaths &&
        (decoded->column.form != Column::Form::integers || decoded->column.present)) {
      return corrupt("head column");
    }
  }
  return base::ok_status();
}

// That chunks, then filters, then headers fill the file without gaps.
base::Status OpenPart::verify_layout() const {
  std::uint64_t at = kMagic.size(), bytes_read = 0;
  std::vector<std::shared_ptr<const ColumnHeader>> own;
  for (std::uint32_t i = 0; i < headers_.size(); ++i) {
    TRY_ASSIGN(auto header, load_header(i, bytes_read));
    if (header->same_as) continue;
    for (const ChunkPlace& chunk : header->chunks) {
      if (chunk.offset != at) return corrupt("place of a column chunk");
      at += chunk.size;
    }
    own.push_back(std::move(header));
  }
  for (const auto& header : own) {
    TRY(verify_filter(header->keys, header->chunks.size(), at));
    TRY(verify_filter(header->trigrams, header->chunks.size(), at));
  }
  TRY(verify_filter(directory_.tokens, 1, at));
  return at == directory_.headers_offset ? base::ok_status() : base::Status(corrupt("layout"));
}

base::Status OpenPart::verify(const base::CancellationToken& cancellation) const {
  TRY_ASSIGN(const std::string magic, read(0, kMagic.size()));
  if (magic != kMagic) return corrupt("first bytes");
  TRY(verify_layout());
  std::uint64_t bytes_read = 0;
  for (std::uint32_t i = 0; i < headers_.size(); ++i) TRY(verify_column(i, cancellation, bytes_read));
  return base::ok_status();
}

}  // namespace vedette::store::format

namespace vedette::store {

base::Result<std::shared_ptr<const PartReader>> PartReader::open(base::FileSystem& files,
                                                                 const std::string& path) {
  TRY_ASSIGN(std::unique_ptr<base::File> file, files.open(path, base::FileSystem::Open::read));
  TRY_ASSIGN(const std::uint64_t size, file->size());
  if (size < format::kMagic.size() + format::kTrailerBytes) {
    return format::corrupt("end (the file is too short)").with_context(path);
  }
  std::string bytes(format::kTrailerBytes, '\0');
  TRY_ASSIGN(std::size_t got, file->read_at(size - bytes.size(), bytes.data(), bytes.size()));
  if (got != bytes.size()) return format::corrupt("trailer").with_context(path);
  const auto trailer = format::read_trailer(bytes, size);
  if (!trailer.ok()) return trailer.error().with_context(path);
  bytes.assign(trailer.value().directory_size, '\0');
  TRY_ASSIGN(got, file->read_at(trailer.value().directory_offset, bytes.data(), bytes.size()));
  if (got != bytes.size() || base::hash64(bytes) != trailer.value().directory_checksum) {
    return format::corrupt("directory").with_context(path);
  }
  auto directory = format::read_directory(bytes, trailer.value().directory_offset, trailer.value().version);
  if (!directory.ok()) return directory.error().with_context(path);
  PartSummary summary = format::summary_of(directory.value());
  summary.path = path;
  summary.bytes = size;
  std::shared_ptr<const PartReader> reader = std::make_shared<format::OpenPart>(
      std::move(file), std::move(summary), std::move(directory).value(), trailer.value().directory_offset);
  return reader;
}

}  // namespace vedette::store
