// Enrichment: what the configuration says to add to events, made, swapped when its data change.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "live/feed_keeper.hpp"
#include "live/intake.hpp"
#include "vedette/base/config.hpp"
#include "vedette/base/logger.hpp"
#include "vedette/base/metrics.hpp"
#include "vedette/normalize/enrich.hpp"

namespace vedette::node {

// start, reload and stop from one thread; feeds change from theirs.
class Enrichment {
 public:
  // `config`: the section `enrichment`.
  Enrichment(const base::ConfigSection& config, LiveIntake& intake, const ports::LogStore& store,
             ports::Bus& bus, base::Metrics& metrics, base::Logger& log);
  ~Enrichment();

  // Errors name the file that cannot be used.
  base::Status start();
  // Files are read again; what cannot be read stays as it was.
  base::Status reload();
  void stop();
  FeedKeeper& feeds() { return feeds_; }

 private:
  using Chain = std::vector<std::shared_ptr<const normalize::Enricher>>;
  base::Result<Chain> load() const;
  base::Status add_tables(Chain& chain) const;
  void swap();

  const base::ConfigSection& config_;
  LiveIntake& intake_;
  base::Logger& log_;
  std::mutex mutex_;  // guards what follows
  Chain chain_;
  std::shared_ptr<const normalize::IndicatorSet> indicators_;
  FeedKeeper feeds_;
};

}  // namespace vedette::node
