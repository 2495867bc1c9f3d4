// What a Notifier consists of.
#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "notify/render.hpp"
#include "vedette/cases/notifier.hpp"

namespace vedette::cases {

// Messages that a channel may still send: refilled evenly.
struct Allowance {
  double tokens = 0;
  base::TimeNs at = 0;
};

struct Notifier::State {
  explicit State(NotifierParts given) : parts(std::move(given)) {}

  base::Result<std::vector<NotifyRule>> rules_of(const std::string& tenant) const;
  base::Result<std::optional<Channel>> channel(const std::string& id) const;
  base::Result<ChannelSecrets> open(const Channel& channel) const;
  base::Result<std::vector<Delivery>> deliveries(Delivery::State state, base::TimeNs due) const;

  // From waiting to sending: what goes into one message gets its id.
  base::Status assemble(base::TimeNs now);
  base::Status assemble_channel(const std::string& channel_id, std::vector<Delivery> waiting,
                                base::TimeNs now);
  Allowance& allowance_of(const Channel& channel, base::TimeNs now);
  base::Status seal_message(std::vector<Delivery> deliveries, base::TimeNs now);
  base::Status give_up(std::vector<Delivery> deliveries, const std::string& why);

  // Tries the message of these deliveries once, and writes how it went; whether it was sent.
  base::Result<bool> attempt(std::vector<Delivery> deliveries, base::TimeNs now,
                             const base::CancellationToken& cancellation);
  struct Outcome {
    base::Status status = base::ok_status();
    base::TimeNs not_before = 0;  // as the receiver wished; 0: no wish
  };
  Outcome send(const Channel& channel, const notify::Outgoing& message, base::TimeNs now,
               const base::CancellationToken& cancellation) const;
  Outcome send_mail(const Channel& channel, const ChannelSecrets& secrets, const notify::Outgoing& message,
                    base::TimeNs now, const base::CancellationToken& cancellation) const;
  Outcome send_web(const Channel& channel, const ChannelSecrets& secrets, const notify::Outgoing& message,
                   base::TimeNs now, const base::CancellationToken& cancellation) const;
  void warn(std::string_view message, const base::Error& error) const;
  void run(Notifier& owner);

  const NotifierParts parts;
  std::map<std::string, Allowance> allowances;  // by channel; of the sending thread

  std::mutex mutex;  // guards ended; stopping changes under it
  std::condition_variable changed;
  std::atomic<bool> stopping{false};
  bool ended = false;  // the thread has done its work
  base::CancellationToken cancellation;
  std::thread thread;
};

}  // namespace vedette::cases
