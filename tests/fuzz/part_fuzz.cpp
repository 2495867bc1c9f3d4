// Parts from arbitrary bytes: as a whole file, as the pieces below the checksums, and as the directory of a
// file whose trailer is right.
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>

#include "format/column_chunk.hpp"
#include "format/column_header.hpp"
#include "format/directory.hpp"
#include "part.hpp"
#include "vedette/base/hash.hpp"

namespace vedette::store {
namespace {

class BytesFile final : public base::File {
 public:
  explicit BytesFile(std::string_view bytes) : bytes_(bytes) {}
  base::Result<std::size_t> read_at(std::uint64_t offset, char* to, std::size_t size) const override {
    return offset < bytes_.size() ? bytes_.copy(to, size, offset) : std::size_t{0};
  }
  base::Status write_at(std::uint64_t, std::string_view) override { return refuse(); }
  base::Status truncate(std::uint64_t) override { return refuse(); }
  base::Status sync() override { return base::ok_status(); }
  base::Result<std::uint64_t> size() const override { return std::uint64_t{bytes_.size()}; }
  std::string_view map(std::uint64_t) override { return bytes_; }

 private:
  static base::Error refuse() { return base::make_error(base::ErrorCode::io, "read only"); }
  std::string_view bytes_;
};

class BytesFiles final : public base::FileSystem {
 public:
  explicit BytesFiles(std::string_view bytes) : bytes_(bytes) {}
  base::Result<std::unique_ptr<base::File>> open(const std::string&, Open) override {
    std::unique_ptr<base::File> file = std::make_unique<BytesFile>(bytes_);
    return file;
  }
  base::Status rename(const std::string&, const std::string&) override { return base::ok_status(); }
  base::Status remove(const std::string&) override { return base::ok_status(); }
  base::Status make_folders(const std::string&) override { return base::ok_status(); }
  base::Status sync_folder(const std::string&) override { return base::ok_status(); }
  base::Result<std::vector<std::string>> list(const std::string&) override {
    return std::vector<std::string>();
  }
  bool exists(const std::string&) override { return true; }
  base::Result<std::uint64_t> free_bytes(const std::string&) override { return std::uint64_t{0}; }
  base::Result<std::shared_ptr<void>> lock(const std::string&) override { return std::shared_ptr<void>(); }

 private:
  std::string_view bytes_;
};

void read_everything(std::string_view bytes) {
  BytesFiles files(bytes);
  const auto opened = PartReader::open(files, "part");
  if (!opened.ok()) return;
  const PartReader& part = *opened.value();
  const base::CancellationToken token;
  (void)part.verify(token);
  Bitmap blocks(static_cast<std::uint32_t>(part.blocks().size()), true);
  std::uint64_t read = 0;
  const std::string_view words[] = {"needle", "10"};
  part.prune_whole(std::nullopt, "needle", blocks, read);
  part.prune_words(std::nullopt, words, blocks, read);
  part.prune_substring(std::nullopt, "needle", blocks, read);
  (void)part.minute_counts(read);
  for (const FieldInfo& info : part.fields()) {
    part.prune_range(info.field, 1, 2, blocks, read);
    (void)part.value_counts(info.field, read);
  }
  for (std::size_t i = 0; i < std::min<std::size_t>(part.blocks().size(), 16); ++i) {
    const auto block = part.open_block(i);
    (void)rows_of(**block);
  }
}

void read_pieces(std::string_view bytes, std::uint8_t selector) {
  const std::uint32_t rows = selector % 2 ? 8192 : selector / 2 + 1;
  (void)format::read_chunk(bytes, rows);
  (void)format::reference_of(bytes);
  const BlockInfo blocks[] = {{rows, 0, 0, 0, 0}, {1, 0, 0, 0, 0}};
  (void)format::read_header(bytes, blocks, 100000);
  for (std::uint64_t version = format::kOldestVersion; version <= format::kVersion; ++version) {
    (void)format::read_directory(bytes, 100000, version);
  }
}

// The bytes as directory of a file whose trailer is right.
void read_as_directory(std::string_view bytes) {
  std::string file(format::kMagic);
  file += bytes;
  const std::size_t split = bytes.empty() ? 0 : static_cast<unsigned char>(bytes.back()) % bytes.size();
  const std::string_view directory = bytes.substr(split);
  format::put_trailer(file, {format::kMagic.size() + split, directory.size(), base::hash64(directory)});
  read_everything(file);
}

}  // namespace
}  // namespace vedette::store

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  vedette::store::read_everything(bytes);
  vedette::store::read_pieces(bytes, data[0]);
  vedette::store::read_as_directory(bytes);
  return 0;
}
