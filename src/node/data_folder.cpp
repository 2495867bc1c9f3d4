#include "vedette/node/data_folder.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "data_parts.hpp"
#include "vedette/base/file_system.hpp"

namespace vedette::node {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kReadBytes = 4u << 20;
constexpr milliseconds kReadWait{50};
constexpr milliseconds kRetryAfter{1000};
constexpr milliseconds kMaintainEvery{2000};
// What the store may hold unsealed when it cannot seal for want of space, in multiples of its bound.
constexpr std::uint64_t kUnsealedFactor = 4;
const std::string kStoreGroup = "store";

// After a manifest was lost the store may not know how far it had sealed.
std::string without_log(std::uint64_t from, std::uint64_t to) {
  return "the log no longer has the events from " + std::to_string(from) + " to " + std::to_string(to - 1) +
         ": of these, those in sealed parts are all there is";
}

}  // namespace

bus::LogOptions log_options(const DataOptions& options, bool read_only) {
  bus::LogOptions log;
  log.folder = options.folder + "/log";
  log.read_only = read_only;
  log.sync = options.sync;
  log.segment_bytes = options.log_segment_bytes;
  log.always_decode = options.force_serialization;
  log.retain_bytes = options.log_retain_bytes;
  log.max_bytes = options.log_max_bytes;
  if (options.reserve_bytes > 0) log.reserve_bytes = options.reserve_bytes;
  log.report = options.report;
  return log;
}

store::StoreOptions store_options(const DataOptions& options, bool read_only) {
  store::StoreOptions store;
  store.folder = options.folder + "/store";
  store.read_only = read_only;
  store.block_rows = options.block_rows;
  store.seal_rows = options.seal_rows;
  store.max_age = options.max_age;
  store.max_bytes = options.max_bytes;
  store.max_age_of = options.max_age_of;
  // The log has room to go on when the store stops sealing.
  if (options.reserve_bytes > 0) store.reserve_bytes = options.reserve_bytes / 2;
  store.report = options.report;
  return store;
}

base::Error no_data_folder(const std::string& folder) {
  return base::make_error(
      base::ErrorCode::not_found,
      "no data folder at " + folder + " (vedette ingest makes one; --data names another)");
}

struct DataFolder::State {
  std::unique_ptr<bus::Log> log;
  std::unique_ptr<store::Store> store;
  std::uint64_t seal_rows = 0;
  std::function<void(const std::string&)> report;
  base::CancellationToken stopping;
  std::thread feeder, keeper;

  std::mutex writing;  // held while the store appends or seals: it wants one thread at a time
  std::mutex mutex;    // guards what follows
  std::condition_variable changed;
  std::uint64_t fed_to = 0;  // sequence numbers below it are in the store
  base::Status trouble = base::ok_status();

  void feed();
  base::Status feed_once(std::uint64_t& next);
  void set_fed_to(std::uint64_t sequence);
  void keep();
  void pause(milliseconds time);
  void tell(const std::string& sentence) {
    if (report) report(sentence);
  }
};

void DataFolder::State::pause(milliseconds time) {
  std::unique_lock lock(mutex);
  changed.wait_for(lock, time, [&] { return stopping.cancelled(); });
}

void DataFolder::State::set_fed_to(std::uint64_t sequence) {
  std::lock_guard lock(mutex);
  fed_to = sequence;
  changed.notify_all();
}

base::Status DataFolder::State::feed_once(std::uint64_t& next) {
  const std::uint64_t sealed_before = store->sealed_to();
  TRY_ASSIGN(const auto bounds, log->bounds(kEventsTopic));
  if (next != 0 && next < bounds.begin) {
    tell(without_log(next, bounds.begin));
    next = bounds.begin;
    set_fed_to(next);
  }
  TRY_ASSIGN(const auto records, log->read(kEventsTopic, next, kReadBytes, kReadWait));
  for (const ports::Record& record : records) {
    {
      std::lock_guard write_lock(writing);
      TRY(store->append(record.batch));
    }
    next = record.offset + record.count;
    set_fed_to(next);
  }
  if (records.empty() && next < bounds.end) {
    // Damaged records stood there; the log has reported them.
    next = bounds.end;
    set_fed_to(next);
  }
  if (store->sealed_to() != sealed_before) TRY(log->commit(kStoreGroup, kEventsTopic, store->sealed_to()));
  return base::ok_status();
}

void DataFolder::State::feed() {
  std::uint64_t next = store->sealed_to();
  bool told = false;
  while (!stopping.cancelled()) {
    if (next > store->sealed_to() + kUnsealedFactor * seal_rows) {
      // Sealing does not get on (a full disk): the log keeps what comes.
      std::unique_lock write_lock(writing);
      const base::Status sealed = store->seal();
      write_lock.unlock();
      if (!sealed.ok()) {
        pause(kRetryAfter);
        continue;
      }
    }
    const base::Status fed = feed_once(next);
    {
      std::lock_guard lock(mutex);
      trouble = fed;
      changed.notify_all();
    }
    if (fed.ok()) {
      told = false;
      continue;
    }
    if (!std::exchange(told, true)) tell("the store: " + fed.error().message);
    pause(kRetryAfter);
  }
}

void DataFolder::State::keep() {
  while (!stopping.cancelled()) {
    const auto more = store->maintain(stopping);
    if (!more.ok() && more.error().code != base::ErrorCode::cancelled) {
      tell("maintenance of the store: " + more.error().message);
    }
    if (!more.ok() || !more.value()) pause(kMaintainEvery);
  }
}

DataFolder::DataFolder() : state_(std::make_unique<State>()) {}

base::Result<std::unique_ptr<DataFolder>> DataFolder::open(const DataOptions& options) {
  base::FileSystem& files = base::posix_file_system();
  TRY(files.make_folders(options.folder));
  std::unique_ptr<DataFolder> data(new DataFolder());
  State& state = *data->state_;
  state.report = options.report;
  state.seal_rows = options.seal_rows;
  TRY_ASSIGN(state.store, store::Store::open(files, store_options(options, false)));
  bus::LogOptions log = log_options(options, false);
  // A restored store knows events that no log holds: their numbers are taken.
  log.first_offset = std::max<std::uint64_t>(1, state.store->use().next_sequence);
  TRY_ASSIGN(state.log, bus::Log::open(files, std::move(log)));
  TRY(state.log->commit(kStoreGroup, kEventsTopic, state.store->sealed_to()));
  state.fed_to = std::max<std::uint64_t>(state.store->sealed_to(), 1);
  state.feeder = std::thread([&state] { state.feed(); });
  state.keeper = std::thread([&state] { state.keep(); });
  return data;
}

DataFolder::~DataFolder() {
  if (state_->feeder.joinable()) static_cast<void>(stop());
}

ports::Bus& DataFolder::bus() {
  return *state_->log;
}
store::Store& DataFolder::store() {
  return *state_->store;
}

base::Status DataFolder::wait_for(std::uint64_t sequence) {
  std::unique_lock lock(state_->mutex);
  state_->changed.wait(lock, [&] {
    return state_->fed_to >= sequence || !state_->trouble.ok() || state_->stopping.cancelled();
  });
  if (state_->fed_to >= sequence) return base::ok_status();
  if (!state_->trouble.ok()) return state_->trouble;
  return base::make_error(base::ErrorCode::cancelled, "the data folder is closing");
}

base::Status DataFolder::seal() {
  TRY_ASSIGN(const auto bounds, state_->log->bounds(kEventsTopic));
  TRY(wait_for(bounds.end));
  std::lock_guard lock(state_->writing);
  TRY(state_->store->seal());
  return state_->log->commit(kStoreGroup, kEventsTopic, state_->store->sealed_to());
}

std::vector<std::string> DataFolder::log_faults() const {
  return state_->log->verify();
}

base::Status DataFolder::stop() {
  if (!state_->feeder.joinable()) return base::ok_status();
  const base::Status result = seal();
  {
    std::lock_guard lock(state_->mutex);
    state_->stopping.cancel();
    state_->changed.notify_all();
  }
  state_->feeder.join();
  state_->keeper.join();
  return result;
}

base::Status restore_data(const std::string& backup, const DataOptions& options,
                          const base::CancellationToken& cancellation) {
  base::FileSystem& files = base::posix_file_system();
  if (files.exists(options.folder)) {
    TRY_ASSIGN(const auto names, files.list(options.folder));
    // What an interrupted restore left is gone on with, by the store's own rules.
    const bool begun = names == std::vector<std::string>{"store"};
    if (!names.empty() && !begun) {
      return base::make_error(base::ErrorCode::invalid_argument,
                              options.folder + " is not empty: a backup is restored to a new data folder");
    }
  }
  TRY(files.make_folders(options.folder));
  TRY(store::restore(files, backup, options.folder + "/store", cancellation));
  TRY_ASSIGN(const auto data, DataFolder::open(options));  // makes the log
  return data->stop();
}

struct DataReader::State {
  std::unique_ptr<bus::Log> log;
  std::unique_ptr<store::Store> store;
  std::function<void(const std::string&)> report;
  std::uint64_t next = 0;
};

DataReader::DataReader() : state_(std::make_unique<State>()) {}
DataReader::~DataReader() = default;

base::Result<std::unique_ptr<DataReader>> DataReader::open(const DataOptions& options) {
  base::FileSystem& files = base::posix_file_system();
  if (!files.exists(options.folder + "/store")) {
    return no_data_folder(options.folder);
  }
  std::unique_ptr<DataReader> data(new DataReader());
  State& state = *data->state_;
  state.report = options.report;
  TRY_ASSIGN(state.log, bus::Log::open(files, log_options(options, true)));
  TRY_ASSIGN(state.store, store::Store::open(files, store_options(options, true)));
  TRY(data->catch_up());
  return data;
}

base::Status DataReader::catch_up() {
  TRY(state_->store->refresh());
  state_->next = std::max(state_->next, state_->store->sealed_to());
  while (true) {
    auto records = state_->log->read(kEventsTopic, state_->next, kReadBytes, milliseconds(0));
    if (!records.ok() && records.error().code == base::ErrorCode::not_found) {
      // Retention removed what was sealed meanwhile: the store has it.
      const std::uint64_t before = state_->next;
      TRY(state_->store->refresh());
      state_->next = std::max(before, state_->store->sealed_to());
      if (state_->next > before) continue;
      TRY_ASSIGN(const auto bounds, state_->log->bounds(kEventsTopic));
      if (bounds.begin <= before) return records.error();
      if (state_->report) state_->report(without_log(before, bounds.begin));
      state_->next = bounds.begin;
      continue;
    }
    if (!records.ok()) return records.error();
    if (records->empty()) return base::ok_status();
    for (const ports::Record& record : *records) {
      TRY(state_->store->append(record.batch));
      state_->next = record.offset + record.count;
    }
  }
}

std::uint64_t DataReader::next_sequence() const {
  return state_->next;
}
const store::Store& DataReader::store() const {
  return *state_->store;
}
ports::Bus& DataReader::bus() {
  return *state_->log;
}

base::Result<store::Store::BackupResult> DataReader::backup(const std::string& folder,
                                                            const base::CancellationToken& cancellation) {
  constexpr int kAttempts = 5;
  for (int attempt = 1;; ++attempt) {
    auto result = state_->store->backup(folder, cancellation);
    if (result.ok() || result.error().code != base::ErrorCode::not_found || attempt == kAttempts)
      return result;
    TRY(state_->store->refresh());
  }
}

}  // namespace vedette::node
