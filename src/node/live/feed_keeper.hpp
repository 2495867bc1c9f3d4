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
  // Files are looked at again now.
  void wake();
  void stop();
  bool empty() const { return feeds_.empty(); }

 private:
  struct Feed {
    normalize::FeedOptions options;
    normalize::FeedState state;
    normalize::ParsedFeed held;
    base::TimeNs retry_at = 0;
  };
  void run();
  base::Result<bool> poll(Feed& feed);
  void publish();
  void sweep(const Feed& feed, const normalize::ParsedFeed& fresh);
  base::Status sweep_one(const normalize::IndicatorSet& set, const normalize::IndicatorSet::Sweep& sweep,
                         base::TimeNs from);
  void raise_found(const model::Event& event);

  const base::ConfigSection& config_;
  const ports::LogStore& store_;
  ports::Bus& bus_;
  base::Logger& log_;
  const Changed changed_;
  std::unique_ptr<ports::HttpClient> client_;
  std::vector<Feed> feeds_;
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
