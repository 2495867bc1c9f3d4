#include "archive.hpp"

#include <algorithm>
#include <cstring>

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>

#include "vedette/base/text.hpp"

namespace vedette::ingest {
namespace {

constexpr std::size_t kMaxNameBytes = 4096;
// zip and 7z keep their directory at the end: within a stream they are held in memory, up to this size.
constexpr std::size_t kMaxHeldBytes = std::size_t{64} << 20;

// libarchive converts member names to the encoding of the locale, and loses what does not fit.
class Utf8Locale {
 public:
  Utf8Locale() : locale_(::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)) {
    if (locale_ != nullptr) before_ = ::uselocale(locale_);
  }
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;
  ~Utf8Locale() {
    if (locale_ == nullptr) return;
    ::uselocale(before_);
    ::freelocale(locale_);
  }

 private:
  locale_t locale_;
  locale_t before_ = nullptr;
};

struct ArchiveDeleter {
  void operator()(struct archive* a) const { ::archive_read_free(a); }
};

std::string member_name(struct archive_entry* entry) {
  const char* name = ::archive_entry_pathname(entry);
  if (name == nullptr) name = ::archive_entry_pathname_utf8(entry);
  if (name == nullptr) return "(unnamed)";
  std::string_view text(name);
  std::string label = base::escape_control(text.substr(0, kMaxNameBytes));
  if (text.size() > kMaxNameBytes) label += "...";
  return label;
}

}  // namespace

class ArchiveReader::Impl final : public ByteSource {
 public:
  Impl(Container kind, PeekSource& source, ReadBudget& budget)
      : kind_(kind), source_(source), budget_(budget), guard_(budget, charge()), buffer_(kChunkBytes, '\0') {
    // libarchive does not find the directory of a zip that has no members.
    empty_zip_ = source_.peek(4).starts_with("PK\x05\x06");
    if (kind_ != Container::tar && !source_.size()) source_.peek(kMaxHeldBytes);
    seekable_ = source_.size().has_value();
    in_order_ = kind_ == Container::zip && !seekable_;
  }

  base::Result<std::optional<ArchiveMember>> next();
  base::Result<std::size_t> read(char* to, std::size_t capacity) override;
  bool source_failed() const { return source_error_.has_value(); }

 private:
  OutputGuard::Charge charge() const {
    return kind_ == Container::tar ? OutputGuard::Charge::growth : OutputGuard::Charge::all;
  }
  base::Status open();
  int next_header(struct archive_entry** entry);
  // Reads what is left of the member within bounds, where skipping it would decompress it without any.
  base::Status drain();
  ArchiveMember describe(struct archive_entry* entry);
  base::Error last_error() const;
  // Delivers bytes of the hole or block at hand.
  std::size_t take(char* to, std::size_t capacity);
  std::uint64_t compressed_position() const {
    return static_cast<std::uint64_t>(std::max<la_int64_t>(::archive_filter_bytes(archive_.get(), 0), 0));
  }

  static la_ssize_t read_callback(struct archive*, void* self, const void** bytes);
  static la_int64_t seek_callback(struct archive*, void* self, la_int64_t offset, int whence);

  Container kind_;
  PeekSource& source_;
  ReadBudget& budget_;
  OutputGuard guard_;
  std::string buffer_;
  std::unique_ptr<struct archive, ArchiveDeleter> archive_;
  std::optional<base::Error> source_error_;
  std::uint64_t source_position_ = 0;
  bool seekable_ = false;
  bool in_order_ = false;  // a zip read without its directory
  bool directory_lost_ = false;
  bool empty_zip_ = false;
  bool finished_ = false;

  // The current member.
  bool in_member_ = false;
  bool member_ended_ = true;
  std::optional<base::Error> member_error_;
  bool over_limit_ = false;
  std::uint64_t member_start_ = 0;
  const char* block_ = nullptr;
  std::size_t block_size_ = 0;
  std::uint64_t hole_ = 0;
  std::uint64_t offset_ = 0;
};

la_ssize_t ArchiveReader::Impl::read_callback(struct archive*, void* self, const void** bytes) {
  Impl& impl = *static_cast<Impl*>(self);
  const base::Result<std::size_t> got = impl.source_.read(impl.buffer_.data(), impl.buffer_.size());
  if (!got.ok()) {
    impl.source_error_ = got.error();
    return -1;
  }
  impl.source_position_ += *got;
  *bytes = impl.buffer_.data();
  return static_cast<la_ssize_t>(*got);
}

la_int64_t ArchiveReader::Impl::seek_callback(struct archive*, void* self, la_int64_t offset, int whence) {
  Impl& impl = *static_cast<Impl*>(self);
  la_int64_t target = offset;
  if (whence == SEEK_CUR) target += static_cast<la_int64_t>(impl.source_position_);
  if (whence == SEEK_END) target += static_cast<la_int64_t>(impl.source_.size().value_or(0));
  if (target < 0) return ARCHIVE_FATAL;
  const base::Status done = impl.source_.seek(static_cast<std::uint64_t>(target));
  if (!done.ok()) {
    impl.source_error_ = done.error();
    return ARCHIVE_FATAL;
  }
  impl.source_position_ = static_cast<std::uint64_t>(target);
  return target;
}

base::Status ArchiveReader::Impl::open() {
  archive_.reset(::archive_read_new());
  struct archive* a = archive_.get();
  if (a == nullptr) return base::make_error(base::ErrorCode::limit, "not enough memory to open the archive");
  switch (kind_) {
    case Container::zip:
      if (in_order_) {
        ::archive_read_support_format_zip_streamable(a);
      } else {
        ::archive_read_support_format_zip_seekable(a);
      }
      break;
    case Container::seven_zip:
      ::archive_read_support_format_7zip(a);
      break;
    default:
      ::archive_read_support_format_tar(a);
      break;
  }
  ::archive_read_set_read_callback(a, read_callback);
  if (seekable_) ::archive_read_set_seek_callback(a, seek_callback);
  ::archive_read_set_callback_data(a, this);
  if (::archive_read_open1(a) != ARCHIVE_OK) return last_error();
  return base::ok_status();
}

int ArchiveReader::Impl::next_header(struct archive_entry** entry) {
  const Utf8Locale names;
  return ::archive_read_next_header(archive_.get(), entry);
}

base::Result<std::optional<ArchiveMember>> ArchiveReader::Impl::next() {
  if (finished_ || budget_.exhausted()) return std::optional<ArchiveMember>();
  struct archive_entry* entry = nullptr;
  int code = ARCHIVE_FATAL;
  if (archive_ == nullptr) {
    base::Status opened = open();
    if (opened.ok()) code = next_header(&entry);
    // A zip whose end is lost still has its members in order.
    if (code == ARCHIVE_FATAL && kind_ == Container::zip && !in_order_ && !source_error_) {
      in_order_ = true;
      directory_lost_ = !empty_zip_;
      TRY(source_.seek(0));
      source_position_ = 0;
      opened = open();
      if (opened.ok()) code = next_header(&entry);
    }
    if (!opened.ok()) {
      finished_ = true;
      return opened.error();
    }
  } else {
    if (base::Status drained = drain(); !drained.ok()) {
      finished_ = true;
      return drained.error();
    }
    code = next_header(&entry);
  }
  if (code == ARCHIVE_EOF) {
    finished_ = true;
    if (!directory_lost_) return std::optional<ArchiveMember>();
    return base::make_error(base::ErrorCode::corrupt, "the zip directory at the end is missing or corrupt");
  }
  if (code == ARCHIVE_FATAL || entry == nullptr) {
    finished_ = true;
    return last_error();
  }
  ArchiveMember member = describe(entry);
  // Warnings are about attributes, and leave the bytes readable.
  if (code < ARCHIVE_WARN && !member.error) member.error = last_error();
  return std::optional<ArchiveMember>(std::move(member));
}

ArchiveMember ArchiveReader::Impl::describe(struct archive_entry* entry) {
  const Utf8Locale names;
  ArchiveMember member;
  member.name = member_name(entry);
  if (::archive_entry_mtime_is_set(entry) != 0) member.modified = ::archive_entry_mtime(entry);
  const auto type = ::archive_entry_filetype(entry);
  member.is_file = (type == AE_IFREG || type == 0) && !member.name.ends_with('/');
  if (::archive_entry_is_encrypted(entry) != 0) {
    member.error = base::make_error(base::ErrorCode::unsupported, "encrypted");
  }
  guard_ = OutputGuard(budget_, charge());
  in_member_ = true;
  // Skipping cannot decompress what is encrypted.
  member_ended_ = member.error.has_value();
  member_error_.reset();
  member_start_ = compressed_position();
  block_size_ = 0;
  hole_ = offset_ = 0;
  return member;
}

base::Status ArchiveReader::Impl::drain() {
  if (kind_ == Container::tar || (kind_ == Container::zip && !in_order_)) return base::ok_status();
  std::string scrap(kChunkBytes / 4, '\0');
  while (in_member_ && !member_ended_ && !member_error_) {
    const base::Result<std::size_t> got = read(scrap.data(), scrap.size());
    if (got.ok() && *got == 0) break;
  }
  if (!over_limit_) return base::ok_status();
  return base::make_error(base::ErrorCode::limit, "a member passes a limit; the rest is not read");
}

std::size_t ArchiveReader::Impl::take(char* to, std::size_t capacity) {
  if (hole_ > 0) {
    const std::size_t count = static_cast<std::size_t>(std::min<std::uint64_t>(capacity, hole_));
    std::memset(to, 0, count);
    hole_ -= count;
    offset_ += count;
    return count;
  }
  const std::size_t count = std::min(capacity, block_size_);
  if (count > 0) std::memcpy(to, block_, count);
  block_ += count;
  block_size_ -= count;
  offset_ += count;
  return count;
}

base::Result<std::size_t> ArchiveReader::Impl::read(char* to, std::size_t capacity) {
  for (;;) {
    if (const std::size_t count = take(to, capacity); count > 0) {
      const std::uint64_t now = compressed_position();
      // The packed streams of a 7z are shared by its members.
      const std::uint64_t start = kind_ == Container::seven_zip ? 0 : std::min(member_start_, now);
      if (base::Status bounded = guard_.add(count, now - start); !bounded.ok()) {
        member_error_ = bounded.error();
        over_limit_ = true;
        hole_ = block_size_ = 0;
      }
      return count;
    }
    if (member_error_) return *member_error_;
    if (member_ended_) return std::size_t{0};
    const void* block = nullptr;
    std::size_t size = 0;
    la_int64_t at = 0;
    const int code = ::archive_read_data_block(archive_.get(), &block, &size, &at);
    if (code == ARCHIVE_RETRY) continue;
    if (code == ARCHIVE_EOF) {
      member_ended_ = true;
      continue;
    }
    if (code < ARCHIVE_OK) member_error_ = last_error();
    if (code < ARCHIVE_WARN) continue;
    block_ = static_cast<const char*>(block);
    block_size_ = block == nullptr ? 0 : size;
    if (at > 0 && static_cast<std::uint64_t>(at) > offset_) hole_ = static_cast<std::uint64_t>(at) - offset_;
  }
}

base::Error ArchiveReader::Impl::last_error() const {
  if (source_error_) return *source_error_;
  const char* text = ::archive_error_string(archive_.get());
  std::string message = text != nullptr ? base::escape_control(text) : "cannot be read";
  const bool encrypted = message.find("ncrypted") != std::string::npos;
  const bool unsupported = message.find("nsupported") != std::string::npos;
  if (encrypted || unsupported) return base::make_error(base::ErrorCode::unsupported, std::move(message));
  return base::make_error(base::ErrorCode::corrupt, "corrupt " + std::string(container_name(kind_)) +
                                                        " archive: " + std::move(message));
}

ArchiveReader::ArchiveReader(Container kind, PeekSource& source, ReadBudget& budget)
    : impl_(std::make_unique<Impl>(kind, source, budget)) {}

ArchiveReader::~ArchiveReader() = default;

base::Result<std::optional<ArchiveMember>> ArchiveReader::next() {
  return impl_->next();
}

ByteSource& ArchiveReader::data() {
  return *impl_;
}

bool ArchiveReader::source_failed() const {
  return impl_->source_failed();
}

}  // namespace vedette::ingest
