#include <cerrno>
#include <ctime>
#include <memory>
#include <system_error>

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "vedette/node/support_bundle.hpp"

namespace vedette::node {
namespace {

struct ArchiveWriteFree {
  void operator()(struct archive* writer) const { ::archive_write_free(writer); }
};
using ArchiveWriter = std::unique_ptr<struct archive, ArchiveWriteFree>;

base::Error archive_failed(struct archive* writer) {
  const char* why = ::archive_error_string(writer);
  return base::make_error(base::ErrorCode::io,
                          fmt::format("cannot write the archive: {}", why == nullptr ? "no memory" : why));
}

base::Status add_file(struct archive* writer, const std::string& name, const std::string& text) {
  const std::unique_ptr<struct archive_entry, void (*)(struct archive_entry*)> entry(::archive_entry_new(),
                                                                                     ::archive_entry_free);
  ::archive_entry_set_pathname(entry.get(), name.c_str());
  ::archive_entry_set_size(entry.get(), static_cast<la_int64_t>(text.size()));
  ::archive_entry_set_filetype(entry.get(), AE_IFREG);
  ::archive_entry_set_perm(entry.get(), 0600);
  ::archive_entry_set_mtime(entry.get(), ::time(nullptr), 0);
  if (::archive_write_header(writer, entry.get()) != ARCHIVE_OK) return archive_failed(writer);
  if (::archive_write_data(writer, text.data(), text.size()) != static_cast<la_ssize_t>(text.size())) {
    return archive_failed(writer);
  }
  return base::ok_status();
}

base::Status write_archive(int fd, const std::string& folder, const std::vector<BundleFile>& files) {
  const ArchiveWriter writer(::archive_write_new());
  if (::archive_write_add_filter_gzip(writer.get()) != ARCHIVE_OK ||
      ::archive_write_set_format_ustar(writer.get()) != ARCHIVE_OK ||
      ::archive_write_open_fd(writer.get(), fd) != ARCHIVE_OK) {
    return archive_failed(writer.get());
  }
  for (const BundleFile& file : files) TRY(add_file(writer.get(), folder + "/" + file.name, file.text));
  if (::archive_write_close(writer.get()) != ARCHIVE_OK) return archive_failed(writer.get());
  return base::ok_status();
}

}  // namespace

base::Status write_bundle(const std::string& path, const std::string& folder,
                          const std::vector<BundleFile>& files) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) {
    const bool exists = errno == EEXIST;
    return base::make_error(exists ? base::ErrorCode::invalid_argument : base::ErrorCode::io,
                            fmt::format("cannot make {}: {}", path, std::generic_category().message(errno)));
  }
  base::Status done = write_archive(fd, folder, files);
  if (::close(fd) != 0 && done.ok()) done = base::make_error(base::ErrorCode::io, "cannot write " + path);
  if (!done.ok()) ::unlink(path.c_str());
  return done;
}

}  // namespace vedette::node
