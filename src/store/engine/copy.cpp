#include "copy.hpp"

#include <algorithm>

#include "vedette/base/hash.hpp"

namespace vedette::store {
namespace {

constexpr std::size_t kPiece = 1u << 20;
constexpr std::uint64_t kTail = 64u << 10;

// Calls `take(offset, bytes)` with the file's pieces.
template <typename Take>
base::Status for_each_piece(const base::File& file, std::uint64_t size,
                            const base::CancellationToken& cancellation, Take take) {
  std::string buffer(kPiece, '\0');
  for (std::uint64_t offset = 0; offset < size;) {
    if (cancellation.cancelled()) {
      return base::make_error(base::ErrorCode::cancelled, "the copy was cancelled");
    }
    const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, size - offset));
    TRY_ASSIGN(const std::size_t got, file.read_at(offset, buffer.data(), wanted));
    if (got == 0) return base::make_error(base::ErrorCode::io, "a file became shorter while it was copied");
    TRY(take(offset, std::string_view(buffer.data(), got)));
    offset += got;
  }
  return base::ok_status();
}

base::Status copy_bytes(base::FileSystem& files, const base::File& source, std::uint64_t size,
                        const std::string& to, const base::CancellationToken& cancellation) {
  TRY_ASSIGN(const auto target, files.open(to, base::FileSystem::Open::create));
  TRY(target->truncate(0));
  std::uint64_t hash = size;
  TRY(for_each_piece(source, size, cancellation, [&](std::uint64_t offset, std::string_view bytes) {
    hash = base::hash64(bytes, hash);
    return target->write_at(offset, bytes);
  }));
  TRY(target->sync());
  TRY_ASSIGN(const std::uint64_t written, target->size());
  std::uint64_t copied = written;
  TRY(for_each_piece(*target, written, cancellation, [&](std::uint64_t, std::string_view bytes) {
    copied = base::hash64(bytes, copied);
    return base::ok_status();
  }));
  if (copied != hash) return base::make_error(base::ErrorCode::io, to + " differs from what was copied");
  return base::ok_status();
}

}  // namespace

base::Result<std::uint64_t> copy_file(base::FileSystem& files, const std::string& from, const std::string& to,
                                      const base::CancellationToken& cancellation) {
  TRY_ASSIGN(const auto source, files.open(from, base::FileSystem::Open::read));
  TRY_ASSIGN(const std::uint64_t size, source->size());
  const std::string temporary = to + ".tmp";
  base::Status status = copy_bytes(files, *source, size, temporary, cancellation);
  if (status.ok()) status = files.rename(temporary, to);
  if (!status.ok()) {
    static_cast<void>(files.remove(temporary));
    return status.error();
  }
  return size;
}

bool same_part_file(base::FileSystem& files, const std::string& one, const std::string& other) {
  const auto tail_of = [&](const std::string& path, std::uint64_t& size) -> base::Result<std::string> {
    TRY_ASSIGN(const auto file, files.open(path, base::FileSystem::Open::read));
    TRY_ASSIGN(size, file->size());
    std::string tail(static_cast<std::size_t>(std::min(size, kTail)), '\0');
    TRY_ASSIGN(const std::size_t got, file->read_at(size - tail.size(), tail.data(), tail.size()));
    tail.resize(got);
    return tail;
  };
  std::uint64_t size = 0, other_size = 0;
  if (!files.exists(other)) return false;
  const auto tail = tail_of(one, size);
  const auto other_tail = tail_of(other, other_size);
  return tail.ok() && other_tail.ok() && size == other_size && *tail == *other_tail;
}

}  // namespace vedette::store
