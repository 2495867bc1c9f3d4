#include "archive_builder.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <zlib.h>

#include "vedette/base/check.hpp"

namespace vedette::ingest::test {
namespace {

la_ssize_t append(struct archive*, void* to, const void* bytes, std::size_t size) {
  static_cast<std::string*>(to)->append(static_cast<const char*>(bytes), size);
  return static_cast<la_ssize_t>(size);
}

void add_entry(struct archive* a, const std::string& name, std::string_view bytes) {
  struct archive_entry* entry = archive_entry_new();
  archive_entry_set_pathname(entry, name.c_str());
  archive_entry_set_filetype(entry, name.ends_with('/') ? AE_IFDIR : AE_IFREG);
  archive_entry_set_perm(entry, 0644);
  archive_entry_set_mtime(entry, 1'700'000'000, 0);
  archive_entry_set_size(entry, static_cast<la_int64_t>(bytes.size()));
  CHECK(archive_write_header(a, entry) == ARCHIVE_OK);
  if (!bytes.empty()) {
    CHECK(archive_write_data(a, bytes.data(), bytes.size()) == static_cast<la_ssize_t>(bytes.size()));
  }
  archive_entry_free(entry);
}

void put16(std::string& out, std::size_t value) {
  out += static_cast<char>(value & 0xff);
  out += static_cast<char>((value >> 8) & 0xff);
}
void put32(std::string& out, std::size_t value) {
  put16(out, value & 0xffff);
  put16(out, value >> 16);
}

std::string deflate_zeros(std::size_t zeros) {
  z_stream stream{};
  CHECK(deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY) == Z_OK);
  const std::string plain(zeros, '\0');
  std::string out(compressBound(zeros), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
  stream.avail_in = static_cast<unsigned>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<unsigned>(out.size());
  CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace

std::string compress(std::string_view filter, std::string_view bytes) {
  std::string out;
  struct archive* a = archive_write_new();
  CHECK(archive_write_add_filter_by_name(a, std::string(filter).c_str()) == ARCHIVE_OK);
  CHECK(archive_write_set_format_raw(a) == ARCHIVE_OK);
  if (filter == "xz") CHECK(archive_write_set_options(a, "compression-level=1") == ARCHIVE_OK);
  if (filter == "lz4") CHECK(archive_write_set_options(a, "block-size=4") == ARCHIVE_OK);  // 64 KiB
  archive_write_set_bytes_in_last_block(a, 1);
  CHECK(archive_write_open(a, &out, nullptr, append, nullptr) == ARCHIVE_OK);
  add_entry(a, "data", bytes);
  CHECK(archive_write_free(a) == ARCHIVE_OK);
  return out;
}

std::string archive_of(std::string_view format, const Members& members, const char* options) {
  std::string out;
  struct archive* a = archive_write_new();
  CHECK(archive_write_set_format_by_name(a, std::string(format).c_str()) == ARCHIVE_OK);
  archive_write_set_bytes_in_last_block(a, 1);
  if (format == "7zip") CHECK(archive_write_set_options(a, "compression-level=1") == ARCHIVE_OK);
  if (options != nullptr) {
    CHECK(archive_write_set_options(a, options) == ARCHIVE_OK);
    CHECK(archive_write_set_passphrase(a, "secret") == ARCHIVE_OK);
  }
  CHECK(archive_write_open(a, &out, nullptr, append, nullptr) == ARCHIVE_OK);
  for (const auto& [name, bytes] : members) add_entry(a, name, bytes);
  CHECK(archive_write_free(a) == ARCHIVE_OK);
  return out;
}

std::string overlapping_zip(std::size_t count, std::size_t zeros) {
  constexpr std::size_t kHeaderBytes = 30 + 6;  // with a name of six bytes
  const std::string kernel = deflate_zeros(zeros);
  const std::string plain(zeros, '\0');
  const std::size_t crc =
      crc32(0, reinterpret_cast<const Bytef*>(plain.data()), static_cast<unsigned>(zeros));
  std::string out;
  std::string directory;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string name = "m" + std::to_string(10'000 + i);
    // Each hidden header but the last begins an extra field of its own.
    const std::size_t hidden = (count - 1 - i) * (kHeaderBytes + 4);
    const auto common = [&](std::string& to) {
      put16(to, 20);
      put16(to, 0);
      put16(to, 8);
      put32(to, 0);
      put32(to, crc);
      put32(to, kernel.size());
      put32(to, zeros);
      put16(to, name.size());
    };
    directory += "PK\x01\x02";
    put16(directory, 20);
    common(directory);
    directory.append(12, '\0');
    put32(directory, out.size());
    directory += name;
    out += "PK\x03\x04";
    common(out);
    put16(out, hidden);
    out += name;
    if (hidden > 0) {
      put16(out, 0x9999);
      put16(out, hidden - 4);
    }
  }
  out += kernel;
  const std::size_t at = out.size();
  out += directory + "PK\x05\x06";
  put32(out, 0);
  put16(out, count);
  put16(out, count);
  put32(out, directory.size());
  put32(out, at);
  put16(out, 0);
  return out;
}

}  // namespace vedette::ingest::test
