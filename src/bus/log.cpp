#include "vedette/bus/log.hpp"

#include <charconv>
#include <map>
#include <random>
#include <thread>

#include "append_queue.hpp"
#include "followed_partition.hpp"
#include "groups.hpp"
#include "written_partition.hpp"

namespace vedette::bus {
namespace {

using base::ErrorCode;
using base::Result;
using base::Status;
using ports::TopicPartition;

constexpr std::chrono::milliseconds kSpaceInterval{100};
constexpr std::uint64_t kSpaceBytes = 8u << 20;
constexpr std::size_t kSmallFileBytes = 4096;

std::string folder_name(const TopicPartition& of) {
  return of.topic + "." + std::to_string(of.partition);
}

std::optional<TopicPartition> parse_folder_name(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || !is_name(name.substr(0, dot))) return std::nullopt;
  TopicPartition of{std::string(name.substr(0, dot)), 0};
  const auto parsed = std::from_chars(name.data() + dot + 1, name.data() + name.size(), of.partition);
  if (parsed.ec != std::errc() || folder_name(of) != name) return std::nullopt;
  return of;
}

Status check_name(std::string_view what, std::string_view name) {
  if (is_name(name)) return base::ok_status();
  return base::make_error(ErrorCode::invalid_argument,
                          std::string("no name for a ").append(what).append(": ").append(name.substr(0, 80)));
}

base::Error read_only() {
  return base::make_error(ErrorCode::invalid_argument, "the log is open for reading only");
}

// Whether the disk has room; asks the system now and then.
class SpaceGuard {
 public:
  explicit SpaceGuard(Context& context) : context_(context) {}
  bool has_room(std::uint64_t bytes) {
    const auto now = std::chrono::steady_clock::now();
    written_ += bytes;
    if (checked_ && now - last_ < kSpaceInterval && written_ < kSpaceBytes) return has_room_;
    const auto free = context_.files.free_bytes(context_.options.folder);
    const bool room = !free.ok() || *free >= context_.options.reserve_bytes;
    if (room != has_room_) {
      context_.reporter.say(context_.options.folder +
                            (room ? ": there is room again, appends are accepted"
                                  : ": the disk is nearly full, appends are refused"));
    }
    has_room_ = room;
    checked_ = true;
    last_ = now;
    written_ = 0;
    return room;
  }

 private:
  Context& context_;
  std::chrono::steady_clock::time_point last_;
  std::uint64_t written_ = 0;
  bool checked_ = false, has_room_ = true;
};

class EmbeddedLog final : public Log {
 public:
  EmbeddedLog(base::FileSystem& files, LogOptions options)
      : context_(files, std::move(options)),
        groups_(context_, context_.options.folder + "/groups"),
        queue_(context_.options.max_in_flight_bytes),
        space_(context_) {}
  ~EmbeddedLog() override;
  Status start();

  void append(const TopicPartition& to, std::shared_ptr<const model::EventBatch> batch,
              Acknowledge done) override;
  Result<std::vector<ports::Record>> read(const TopicPartition& from, std::uint64_t offset,
                                          std::size_t max_bytes, std::chrono::milliseconds wait) override;
  Result<Bounds> bounds(const TopicPartition& of) override;
  Status commit(const std::string& group, const TopicPartition& of, std::uint64_t offset) override;
  Result<std::uint64_t> committed(const std::string& group, const TopicPartition& of) override;
  Damage damage() const override { return context_.reporter.damage(); }
  Use use() const override;
  std::vector<std::string> verify() const override;
  Status forget_group(const std::string& group) override;
  Status retain() override;

 private:
  using Partitions = std::map<TopicPartition, std::shared_ptr<Partition>>;
  std::string topics_folder() const { return context_.options.folder + "/topics"; }
  Status load_salt();
  bool load_salt_from_segments();
  Status load_partitions();
  std::shared_ptr<Partition> partition(const TopicPartition& of) const;
  Result<std::shared_ptr<Partition>> checked_partition(const TopicPartition& of) const;
  std::vector<std::pair<TopicPartition, std::shared_ptr<Partition>>> partitions() const;
  void retain(const TopicPartition& of, Partition& partition);
  void write_loop();
  void write(std::vector<PendingAppend>& appends, std::uint64_t bytes);

  mutable Context context_;
  Groups groups_;
  AppendQueue queue_;
  SpaceGuard space_;  // of the writing thread
  std::shared_ptr<void> lock_;
  std::thread writer_;
  mutable std::mutex mutex_;  // guards what follows
  mutable Partitions partitions_;
};

Status EmbeddedLog::start() {
  const std::string& folder = context_.options.folder;
  if (!context_.options.read_only) {
    TRY(context_.files.make_folders(topics_folder()));
    TRY(context_.files.make_folders(folder + "/groups"));
    TRY_ASSIGN(lock_, context_.files.lock(folder + "/lock"));
  }
  TRY(load_salt());
  TRY(load_partitions());
  groups_.load();
  if (context_.options.read_only) return base::ok_status();
  writer_ = std::thread([this] { write_loop(); });
  queue_.set_taker(writer_.get_id());
  return base::ok_status();
}

EmbeddedLog::~EmbeddedLog() {
  context_.closing = true;
  queue_.close();
  if (writer_.joinable()) writer_.join();
  for (const auto& [of, partition] : partitions()) {
    partition->wake();
    if (!context_.options.read_only) static_cast<WrittenPartition&>(*partition).close();
  }
}

Status EmbeddedLog::load_salt() {
  const std::string path = context_.options.folder + "/log";
  const auto bytes = context_.files.read_all(path, kSmallFileBytes);
  if (bytes.ok()) {
    if (const auto salt = decode_log_file(*bytes)) {
      context_.salt = *salt;
      return base::ok_status();
    }
  }
  const bool found = load_salt_from_segments();
  if (bytes.ok() || found) context_.reporter.say(path + ": damaged or missing");
  if (context_.options.read_only) return base::ok_status();
  if (!found) {
    std::random_device random;
    context_.salt = (Salt{random()} << 32) | random();
  }
  return context_.files.replace(path, encode_log_file(context_.salt));
}

// Every segment header has a copy.
bool EmbeddedLog::load_salt_from_segments() {
  const auto folders = context_.files.list(topics_folder());
  if (!folders.ok()) return false;
  for (const std::string& folder : *folders) {
    const std::string path = topics_folder() + "/" + folder;
    const auto names = context_.files.list(path);
    if (!names.ok()) continue;
    for (const std::string& name : *names) {
      if (!parse_segment_name(name)) continue;
      const auto file = context_.files.open(path + "/" + name, base::FileSystem::Open::read);
      std::string bytes(SegmentHeader::kBytes, '\0');
      if (!file.ok() || !(*file)->read_at(0, bytes.data(), bytes.size()).ok()) continue;
      if (const auto header = SegmentHeader::decode(bytes)) {
        context_.salt = header->salt;
        return true;
      }
    }
  }
  return false;
}

Status EmbeddedLog::load_partitions() {
  const auto names = context_.files.list(topics_folder());
  const bool absent = !names.ok() && names.error().code == ErrorCode::not_found;
  if (absent && context_.options.read_only) return base::ok_status();  // nothing was appended yet
  if (!names.ok()) return names.error();
  for (const std::string& name : *names) {
    const auto of = parse_folder_name(name);
    if (!of) continue;
    const std::string folder = topics_folder() + "/" + name;
    if (context_.options.read_only) {
      partitions_[*of] = std::make_shared<FollowedPartition>(context_, folder);
      continue;
    }
    auto partition = std::make_shared<WrittenPartition>(context_, folder);
    TRY(partition->open());
    partitions_[*of] = std::move(partition);
  }
  return base::ok_status();
}

std::shared_ptr<Partition> EmbeddedLog::partition(const TopicPartition& of) const {
  std::lock_guard lock(mutex_);
  auto& found = partitions_[of];
  if (found) return found;
  const std::string folder = topics_folder() + "/" + folder_name(of);
  if (context_.options.read_only) {
    found = std::make_shared<FollowedPartition>(context_, folder);
  } else {
    found = std::make_shared<WrittenPartition>(context_, folder);
  }
  return found;
}

Result<std::shared_ptr<Partition>> EmbeddedLog::checked_partition(const TopicPartition& of) const {
  TRY(check_name("topic", of.topic));
  return partition(of);
}

std::vector<std::pair<TopicPartition, std::shared_ptr<Partition>>> EmbeddedLog::partitions() const {
  std::lock_guard lock(mutex_);
  return {partitions_.begin(), partitions_.end()};
}

void EmbeddedLog::append(const TopicPartition& to, std::shared_ptr<const model::EventBatch> batch,
                         Acknowledge done) {
  if (context_.options.read_only) return done(read_only());
  if (const auto named = check_name("topic", to.topic); !named.ok()) return done(named.error());
  if (batch->empty()) return done(base::make_error(ErrorCode::invalid_argument, "a batch without events"));
  auto packed = pack(*batch, context_.salt);
  if (!packed.ok()) return done(packed.error());
  PendingAppend append{to, std::move(batch), std::move(packed).value(), std::move(done)};
  if (!queue_.push(append)) append.done(base::make_error(ErrorCode::cancelled, "the log is closing"));
}

void EmbeddedLog::write_loop() {
  for (;;) {
    std::vector<PendingAppend> appends = queue_.take(context_.options.gather);
    if (appends.empty()) return;
    std::uint64_t bytes = 0;
    for (const PendingAppend& append : appends) bytes += append.packed.bytes.size();
    write(appends, bytes);
  }
}

void EmbeddedLog::write(std::vector<PendingAppend>& appends, std::uint64_t bytes) {
  const auto done = [this](PendingAppend& append, Result<std::uint64_t> result) {
    queue_.release(append.packed.bytes.size());
    append.packed = {};
    append.batch = nullptr;
    append.done(std::move(result));
  };
  if (!space_.has_room(bytes)) {
    for (PendingAppend& append : appends) {
      done(append, base::make_error(ErrorCode::no_space,
                                    context_.options.folder + ": less free space than must be kept"));
    }
    return;
  }
  std::map<TopicPartition, std::vector<PendingAppend*>> groups;
  for (PendingAppend& append : appends) groups[append.to].push_back(&append);
  for (auto& [to, group] : groups) {
    const auto target = partition(to);
    static_cast<WrittenPartition&>(*target).write(group, done);
    retain(to, *target);
  }
}

Result<std::vector<ports::Record>> EmbeddedLog::read(const TopicPartition& from, std::uint64_t offset,
                                                     std::size_t max_bytes, std::chrono::milliseconds wait) {
  TRY_ASSIGN(const auto source, checked_partition(from));
  return source->read(offset, max_bytes, wait);
}

Result<ports::Bus::Bounds> EmbeddedLog::bounds(const TopicPartition& of) {
  TRY_ASSIGN(const auto asked, checked_partition(of));
  return asked->bounds();
}

Status EmbeddedLog::commit(const std::string& group, const TopicPartition& of, std::uint64_t offset) {
  if (context_.options.read_only) return read_only();
  TRY(check_name("consumer group", group));
  TRY_ASSIGN(const auto target, checked_partition(of));
  if (offset > target->next()) {
    return base::make_error(ErrorCode::invalid_argument,
                            "offset " + std::to_string(offset) + " is beyond the end of " + folder_name(of));
  }
  TRY(groups_.commit(group, of, offset));
  retain(of, *target);
  return base::ok_status();
}

Result<std::uint64_t> EmbeddedLog::committed(const std::string& group, const TopicPartition& of) {
  TRY(check_name("consumer group", group));
  TRY(check_name("topic", of.topic));
  return groups_.committed(group, of);
}

Log::Use EmbeddedLog::use() const {
  Use total;
  for (const auto& [of, partition] : partitions()) {
    const Use one = partition->use();
    total.segments += one.segments;
    total.bytes += one.bytes;
  }
  return total;
}

std::vector<std::string> EmbeddedLog::verify() const {
  std::vector<std::string> found = groups_.verify();
  const std::string path = context_.options.folder + "/log";
  const auto bytes = context_.files.read_all(path, kSmallFileBytes);
  if (!partitions().empty() && !(bytes.ok() && decode_log_file(*bytes))) {
    found.push_back(path + ": damaged or missing");
  }
  for (const auto& [of, partition] : partitions()) {
    static_cast<void>(partition->bounds());  // of a log that is followed: looks at what is there by now
    const auto sentences = partition->verify();
    found.insert(found.end(), sentences.begin(), sentences.end());
  }
  return found;
}

Status EmbeddedLog::forget_group(const std::string& group) {
  if (context_.options.read_only) return read_only();
  TRY(groups_.forget(group));
  return retain();
}

void EmbeddedLog::retain(const TopicPartition& of, Partition& partition) {
  auto& written = static_cast<WrittenPartition&>(partition);
  if (written.may_retain()) written.retain(groups_.hold(of));
}

Status EmbeddedLog::retain() {
  if (context_.options.read_only) return read_only();
  for (const auto& [of, partition] : partitions()) retain(of, *partition);
  return base::ok_status();
}

}  // namespace

Result<std::unique_ptr<Log>> Log::open(base::FileSystem& files, LogOptions options) {
  auto log = std::make_unique<EmbeddedLog>(files, std::move(options));
  TRY(log->start());
  return std::unique_ptr<Log>(std::move(log));
}

}  // namespace vedette::bus
