// FeedKeeper: feeds of indicators, polled when due, and swept over what is stored.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "vedette/api/services.hpp"
#include "vedette/base/cancellation.hpp"
#include "vedette/base/config.hpp"
#include "vedette/base/logger.hpp"
#include "vedette/base/metrics.hpp"
#include "vedette/normalize/feeds.hpp"
#include "vedette/ports/bus.hpp"
#include "vedette/ports/http_client.hpp"
#include "vedette/ports/log_store.hpp"

namespace vedette::node {

// One thread. `changed` is called from it with every new set of indicators.
class FeedKeeper {
 public:
  using Changed = std::function<void(std::shared_ptr<const normalize::IndicatorSet>)>;
  // `config`: the section `enrichment`.
  FeedKeeper(const base::ConfigSection& config, const ports::LogStore& store, ports::Bus& bus,
             base::Metrics& metrics, base::Logger& log, Changed changed);
  ~FeedKeeper();  // as stop()

  // Feeds that are files are read before it returns, so that the first event meets them; an unreadable one is
  // an error. Others are polled from the thread.
  base::Status start();
  // Files are looked at again now. Thread safe, as what follows.
  void wake();
  // not_found: no such feed.
  base::Status poll_now(std::string_view feed);
  // The indicators that people keep, in place of those before. They are matched when it returns; what came
  // new is looked for in history by the thread, but for the first call.
  void set_kept(std::vector<normalize::Indicator> indicators);
  std::vector<api::FeedState> states() const;
  // Of all feeds, those that a value meets: equal, a network of it, a domain above it. At most `limit`.
  std::vector<normalize::Indicator> look_up(std::string_view value, std::size_t limit) const;
  void stop();

 private:
  struct Feed {
    normalize::FeedOptions options;
    normalize::FeedState state;
    normalize::ParsedFeed held;
    base::TimeNs retry_at = 0;
    std::string last_error;
  };
  void run();
  base::Result<bool> poll(Feed& feed, std::vector<std::uint64_t>& known);
  void publish();
  void look_after(Feed& feed);
  void sweep_kept();
  void sweep(const std::string& feed, const normalize::ParsedFeed& fresh);
  base::Status sweep_one(const normalize::IndicatorSet& set, const normalize::IndicatorSet::Sweep& sweep,
                         base::TimeNs from);
  void raise_found(const model::Event& event);

  const base::ConfigSection& config_;
  const ports::LogStore& store_;
  ports::Bus& bus_;
  base::Logger& log_;
  const Changed changed_;
  std::unique_ptr<ports::HttpClient> client_;
  std::mutex publishing_;  // one set of indicators after another
  // Guards what the feeds hold and the kept indicators. The thread alone writes to the feeds, but for
  // retry_at.
  mutable std::mutex held_;
  std::vector<Feed> feeds_;
  normalize::ParsedFeed kept_, kept_unswept_;
  bool kept_known_ = false;
  std::vector<std::string> warning_values_;
  base::Gauge& indicators_gauge_;
  base::Counter& polls_failed_;
  base::Counter& swept_;

  base::CancellationToken stopping_;
  std::mutex mutex_;  // guards woken_
  std::condition_variable changed_or_stopping_;
  bool woken_ = false;
  std::thread thread_;
};

}  // namespace vedette::node
