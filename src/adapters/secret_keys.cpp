#include "secret_keys.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vedette/base/files.hpp"
#include "vedette/base/text.hpp"

namespace vedette::adapters {

using base::ErrorCode;

namespace {

constexpr std::string_view kKeysHead = "vedette-secret-keys 1";
constexpr std::size_t kMaxKeysBytes = 1 << 20;

base::Error keys_error(const std::string& file, const char* doing) {
  const int error = errno;
  const ErrorCode code = error == ENOSPC || error == EDQUOT ? ErrorCode::no_space : ErrorCode::io;
  return base::Error{code, fmt::format("cannot {} {}: {}", doing, file, std::strerror(error))};
}

class OpenFile {
 public:
  explicit OpenFile(int fd) : fd_(fd) {}
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() {
    if (fd_ >= 0) ::close(fd_);
  }
  int fd() const { return fd_; }

 private:
  int fd_;
};

base::Status check_permissions(const OpenFile& file, const std::string& path) {
  struct stat info {};
  if (::fstat(file.fd(), &info) != 0) return keys_error(path, "examine");
  if (!S_ISREG(info.st_mode)) {
    return base::make_error(ErrorCode::io, fmt::format("{} is not a regular file", path));
  }
  if ((info.st_mode & 077) != 0) {
    return base::make_error(
        ErrorCode::io,
        fmt::format("{} may be used by others (mode {:04o}): set its mode to 0600, and as its keys may be "
                    "known, rotate them",
                    path, info.st_mode & 07777));
  }
  if (info.st_uid != ::geteuid() && ::geteuid() != 0) {
    return base::make_error(ErrorCode::io, fmt::format("{} belongs to another user", path));
  }
  return base::ok_status();
}

base::Result<SecretBytes> read_whole(const OpenFile& file, const std::string& path) {
  SecretBytes content(std::string(kMaxKeysBytes + 1, '\0'));
  std::size_t size = 0;
  while (size < content.bytes().size()) {
    const ssize_t got = ::read(file.fd(), content.bytes().data() + size, content.bytes().size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return keys_error(path, "read");
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size > kMaxKeysBytes) {
    return base::make_error(ErrorCode::corrupt, fmt::format("{} is too large for a file of keys", path));
  }
  content.bytes().resize(size);
  return content;
}

base::Error bad_keys(const std::string& path, std::size_t line) {
  return base::Error{
      ErrorCode::corrupt,
      fmt::format("{} is damaged: line {} is not as it should be; restore it from a backup (new "
                  "keys cannot open what the old ones sealed)",
                  path, line)};
}

base::Result<SecretKeys> parse_keys(const std::string& path, std::string_view content) {
  const auto lines = base::split(content, '\n');
  if (lines[0] != kKeysHead) return bad_keys(path, 1);
  SecretKeys keys;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    if (lines[i].empty() && i + 1 == lines.size()) break;
    const auto parts = base::split(lines[i], ' ');
    if (parts.size() != 2) return bad_keys(path, i + 1);
    auto bytes = key_from_base64(parts[1]);
    if (!bytes || key_id(bytes->view()) != parts[0]) return bad_keys(path, i + 1);
    keys.push_back({std::string(parts[0]), std::move(*bytes)});
  }
  if (keys.empty() || !content.ends_with('\n')) return bad_keys(path, lines.size());
  return keys;
}

}  // namespace

base::Result<SecretKey> new_key() {
  TRY_ASSIGN(SecretBytes bytes, random_bytes(kKeyBytes));
  std::string id = key_id(bytes.view());
  return SecretKey{std::move(id), std::move(bytes)};
}

base::Result<SecretKeys> keys_from_texts(const std::vector<std::string>& texts) {
  SecretKeys keys;
  for (const std::string& text : texts) {
    auto bytes = key_from_base64(base::trim(text));
    if (!bytes) {
      return base::make_error(
          ErrorCode::invalid_argument,
          fmt::format("key {} of secrets is not base64 of {} bytes", keys.size() + 1, kKeyBytes));
    }
    std::string id = key_id(bytes->view());
    const bool twice =
        std::any_of(keys.begin(), keys.end(), [&](const SecretKey& key) { return key.id == id; });
    if (twice) {
      return base::make_error(ErrorCode::invalid_argument,
                              fmt::format("key {} of secrets is there twice", keys.size() + 1));
    }
    keys.push_back({std::move(id), std::move(*bytes)});
  }
  return keys;
}

base::Status save_keys(const std::string& path, const SecretKeys& keys) {
  SecretBytes content{std::string(kKeysHead) + "\n"};
  content.bytes().reserve(kKeysHead.size() + 1 + keys.size() * 64 + 64);
  for (const SecretKey& key : keys) {
    SecretBytes digits(to_base64url(key.bytes.view()));
    content.bytes() += key.id + " ";
    content.bytes() += digits.view();
    content.bytes() += '\n';
  }
  return base::write_file_atomically(path, content.view(), base::FileAccess::owner);
}

base::Result<SecretKeys> load_keys(const std::string& path) {
  const OpenFile file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (file.fd() < 0 && errno == ENOENT) {
    SecretKeys keys;
    TRY_ASSIGN(SecretKey key, new_key());
    keys.push_back(std::move(key));
    TRY(save_keys(path, keys));
    return keys;
  }
  if (file.fd() < 0) return keys_error(path, "open");
  TRY(check_permissions(file, path));
  TRY_ASSIGN(const SecretBytes content, read_whole(file, path));
  return parse_keys(path, content.view());
}

}  // namespace vedette::adapters
