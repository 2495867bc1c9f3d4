// The systemd journal, followed from a cursor that is kept once what is before it is durable.
#include <atomic>
#include <mutex>
#include <thread>

#include <systemd/sd-journal.h>

#include "listeners/listener_keys.hpp"
#include "listeners/listeners.hpp"
#include "listeners/message_session.hpp"
#include "listeners/tail_state.hpp"
#include "vedette/base/file_system.hpp"
#include "vedette/base/hash.hpp"
#include "vedette/base/json_writer.hpp"
#include "vedette/base/text.hpp"

namespace vedette::ingest {
namespace {

constexpr std::size_t kMostCursorBytes = 4096, kMostFields = 1024;

// The cursors of batches on their way; what is acknowledged goes to disk. Thread safe.
class CursorStore {
 public:
  explicit CursorStore(std::string folder) : folder_(std::move(folder)) {}

  std::string load() const {
    auto text = base::posix_file_system().read_all(path(), kMostCursorBytes);
    return text.ok() ? std::string(base::trim(*text)) : std::string();
  }
  std::uint64_t hand_over(std::string cursor) {
    const std::lock_guard lock(mutex_);
    cursors_.push_back({++last_, std::move(cursor), false});
    return last_;
  }
  void acknowledged(std::uint64_t ticket) {
    const std::lock_guard lock(mutex_);
    for (auto& item : cursors_) {
      if (item.ticket == ticket) item.done = true;
    }
    while (!cursors_.empty() && cursors_.front().done) {
      durable_ = std::move(cursors_.front().cursor);
      cursors_.pop_front();
    }
  }
  base::Status save() {
    std::string cursor;
    {
      const std::lock_guard lock(mutex_);
      if (durable_.empty()) return base::ok_status();
      cursor.swap(durable_);
    }
    auto& files = base::posix_file_system();
    TRY(files.make_folders(folder_));
    return files.replace(path(), cursor + "\n");
  }

 private:
  struct Item {
    std::uint64_t ticket = 0;
    std::string cursor;
    bool done = false;
  };
  std::string path() const { return folder_ + "/cursor"; }
  const std::string folder_;
  std::mutex mutex_;  // guards what follows
  std::deque<Item> cursors_;
  std::uint64_t last_ = 0;
  std::string durable_;
};

class Journal {
 public:
  ~Journal() {
    if (journal_) sd_journal_close(journal_);
  }
  base::Status open(const std::string& folder) {
    const int code = folder.empty() ? sd_journal_open(&journal_, SD_JOURNAL_LOCAL_ONLY)
                                    : sd_journal_open_directory(&journal_, folder.c_str(), 0);
    if (code < 0) {
      journal_ = nullptr;
      return base::make_error(
          base::ErrorCode::io,
          "the journal" + (folder.empty() ? "" : " in \"" + folder + "\"") + " cannot be opened");
    }
    sd_journal_set_data_threshold(journal_, 0);
    return base::ok_status();
  }
  // Stands so that next() gives the entry after the cursor, or the first, or the first that is yet to come.
  void seek(const std::string& cursor, bool from_end) {
    if (!cursor.empty() && sd_journal_seek_cursor(journal_, cursor.c_str()) >= 0) {
      // The entry itself was taken; if it is gone the next one stands there.
      if (sd_journal_next(journal_) > 0 && sd_journal_test_cursor(journal_, cursor.c_str()) <= 0) {
        sd_journal_previous(journal_);
      }
    } else if (from_end) {
      sd_journal_seek_tail(journal_);
      sd_journal_previous(journal_);
    } else {
      sd_journal_seek_head(journal_);
    }
  }
  bool next() { return sd_journal_next(journal_) > 0; }
  void wait(std::chrono::milliseconds time) {
    sd_journal_wait(journal_, static_cast<std::uint64_t>(time.count()) * 1000);
  }
  std::string cursor() {
    char* text = nullptr;
    if (sd_journal_get_cursor(journal_, &text) < 0) return {};
    std::string cursor(text);
    ::free(text);
    return cursor;
  }
  // The entry as `journalctl -o json` writes it. False if it is longer than allowed: then without its long
  // fields.
  bool write(const std::string& cursor, std::size_t max_bytes, std::string& json);

 private:
  sd_journal* journal_ = nullptr;
};

void write_journal_value(std::string_view value, base::JsonWriter& writer) {
  if (base::is_valid_utf8(value)) {
    writer.string(value);
    return;
  }
  writer.begin_array();
  for (const char c : value) writer.number(static_cast<unsigned>(static_cast<unsigned char>(c)));
  writer.end_array();
}

bool Journal::write(const std::string& cursor, std::size_t max_bytes, std::string& json) {
  std::uint64_t realtime = 0, monotonic = 0;
  sd_id128_t boot{};
  base::JsonWriter writer(json);
  writer.begin_object().field("__CURSOR", cursor);
  if (sd_journal_get_realtime_usec(journal_, &realtime) >= 0) {
    writer.field("__REALTIME_TIMESTAMP", std::to_string(realtime));
  }
  if (sd_journal_get_monotonic_usec(journal_, &monotonic, &boot) >= 0) {
    writer.field("__MONOTONIC_TIMESTAMP", std::to_string(monotonic));
  }
  // A name may come several times: then the first value stays, and the others follow as a list.
  std::vector<std::pair<std::string, std::vector<std::string>>> fields;
  bool all = true;
  std::size_t size = 0;
  const void* data = nullptr;
  std::size_t length = 0;
  sd_journal_restart_data(journal_);
  while (fields.size() < kMostFields && sd_journal_enumerate_available_data(journal_, &data, &length) > 0) {
    const std::string_view field(static_cast<const char*>(data), length);
    const std::size_t equals = field.find('=');
    if (equals == std::string_view::npos) continue;
    size += length;
    if (size > max_bytes) {
      size -= length;
      all = false;
      continue;
    }
    const std::string_view name = field.substr(0, equals), value = field.substr(equals + 1);
    auto place =
        std::find_if(fields.begin(), fields.end(), [&](const auto& item) { return item.first == name; });
    if (place == fields.end()) place = fields.insert(place, {std::string(name), {}});
    place->second.emplace_back(value);
  }
  for (const auto& [name, values] : fields) {
    writer.key(name);
    if (values.size() > 1) writer.begin_array();
    for (const auto& value : values) write_journal_value(value, writer);
    if (values.size() > 1) writer.end_array();
  }
  writer.end_object();
  return all;
}

class JournaldListener final : public Listener {
 public:
  JournaldListener(const ListenerContext& context, const base::ConfigSection& config)
      : log_(context.log),
        folder_(config.text("directory")),
        from_end_(config.text("start_at") == "end"),
        max_event_bytes_(config.bytes("max_event_bytes")),
        counters_(context.metrics, context.intake, "journald"),
        outbox_(std::make_shared<Outbox>(context.intake, timers_of(context.io), OutboxOptions{})),
        rate_(static_cast<std::uint64_t>(config.integer("max_events_per_second"))),
        cursors_(std::make_shared<CursorStore>(context.state_folder)) {
    auto source = std::make_shared<model::Source>();
    source->path = "journald://" + (folder_.empty() ? "local" : folder_);
    source_ = std::move(source);
    from_ = counters_.of_source(source_->path);
  }
  ~JournaldListener() override { stop(); }

  base::Status start() override {
    Journal probe;
    TRY(probe.open(folder_));
    thread_ = std::thread([this] { run(); });
    return base::ok_status();
  }
  void drain(std::chrono::milliseconds deadline) override {
    stop();
    outbox_->drain(deadline);
    outbox_->close();
    save();
  }
  std::string where() const override { return source_->path; }

 private:
  void stop() {
    stop_.store(true);
    if (thread_.joinable()) thread_.join();
  }

  void run() {
    constexpr std::chrono::milliseconds kWait{200};
    Journal journal;
    if (const auto opened = journal.open(folder_); !opened.ok()) {
      log_.error("the journal cannot be opened", {{"error.message", opened.error().message}});
      return;
    }
    journal.seek(cursors_->load(), from_end_);
    auto saved = std::chrono::steady_clock::now();
    while (!stop_.load()) {
      if (outbox_->full()) {
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
      } else if (!read_batch(journal)) {
        journal.wait(kWait);
      }
      if (std::chrono::steady_clock::now() - saved >= std::chrono::seconds{1}) {
        save();
        saved = std::chrono::steady_clock::now();
      }
    }
  }

  bool read_batch(Journal& journal) {
    constexpr std::size_t kMostRecords = 1024, kMostBytes = 1u << 20;
    BatchWriter writer;
    std::string cursor, json;
    while (writer.size() < kMostRecords && writer.bytes() < kMostBytes && !stop_.load() && journal.next()) {
      cursor = journal.cursor();
      json.clear();
      const bool whole = journal.write(cursor, max_event_bytes_, json);
      if (!whole) counters_.cut();
      auto& record =
          writer.add(json, whole ? std::span<const Extra>() : std::span<const Extra>(&cut_flag(), 1));
      record.id = base::hash128_hex("journal\n" + cursor);
    }
    if (writer.empty()) return false;
    const std::size_t events = writer.size();
    from_.took(events, writer.bytes());
    model::RawBatch batch = writer.take();
    batch.listener = "journald";
    batch.format = "journald-json";
    batch.source = source_;
    const std::uint64_t ticket = cursors_->hand_over(cursor);
    batch.done = [cursors = cursors_, ticket](const model::IntakeAnswer& answer) {
      if (answer.ok()) cursors->acknowledged(ticket);
    };
    outbox_->send(std::move(batch), Outbox::OnError::try_again);
    auto pause = rate_.charge(events, std::chrono::steady_clock::now());
    for (; pause.count() > 0 && !stop_.load(); pause -= std::chrono::milliseconds{20}) {
      std::this_thread::sleep_for(std::min(pause, std::chrono::milliseconds{20}));
    }
    return true;
  }

  void save() {
    const auto saved = cursors_->save();
    if (!saved.ok())
      log_.error("the journal's cursor cannot be written", {{"error.message", saved.error().message}});
  }

  base::Logger& log_;
  const std::string folder_;
  const bool from_end_;
  const std::size_t max_event_bytes_;
  ListenerCounters counters_;
  const std::shared_ptr<Outbox> outbox_;
  RateLimit rate_;
  const std::shared_ptr<CursorStore> cursors_;
  SourcePtr source_;
  SourceCounters from_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace

ListenerInfo journald_listener() {
  using base::ConfigType;
  ListenerInfo info;
  info.name = "journald";
  info.title = "systemd journal";
  info.summary = "Follows the journal of this machine, or one in a folder.";
  info.network = false;
  info.has_tls = false;
  auto start = listener_key("start_at", ConfigType::text, "beginning", "Where the very first start begins.");
  start.choices = {"beginning", "end"};
  info.options = {
      listener_key("directory", ConfigType::text, "",
                   "A folder of journal files; empty: the journal of this machine."),
      start,
  };
  info.make = [](const ListenerContext& context,
                 const base::ConfigSection& config) -> std::unique_ptr<Listener> {
    return std::make_unique<JournaldListener>(context, config);
  };
  return info;
}

}  // namespace vedette::ingest
