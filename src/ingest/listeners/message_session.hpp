// Sessions and datagram handlers of protocols that carry one message after the other and no answers.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "listeners/batcher.hpp"
#include "listeners/flow.hpp"
#include "listeners/frame_cutter.hpp"
#include "vedette/base/config.hpp"
#include "vedette/ingest/listener.hpp"

namespace vedette::ingest {

// "log.flags": "truncated", as an extra of records that were cut.
const Extra& cut_flag();

struct MessageOptions {
  std::string listener;
  std::string format = "auto";
  std::size_t max_event_bytes = 1u << 20;
  std::uint64_t max_events_per_second = 0;
  std::size_t max_waiting_bytes = std::size_t{16} << 20;
};
MessageOptions message_options(const std::string& listener, const base::ConfigSection& config);

// What all connections of such a listener share. Thread safe.
struct MessageCore {
  MessageCore(ports::Intake& to, base::Metrics& metrics, const RunAfter& after, const MessageOptions& with);

  const MessageOptions options;
  ports::Intake& intake;
  const RunAfter run_after;
  ListenerCounters counters;
  std::shared_ptr<Outbox> outbox;
  std::shared_ptr<RateLimit> rate;
  FlowControl flow;
  std::shared_ptr<Batcher> batcher;
  PeerSources sources;

  // Takes a datagram's message unless the buffers are full or the rate is passed: then it is counted.
  bool may_take_datagram(SteadyTime now);
  // What is collected is handed over and answered, or counted at the deadline.
  void drain(std::chrono::milliseconds deadline);
};

// The extras of a peer's messages: log.source.address, and the name of its certificate.
std::vector<Extra> peer_extras(const net::Peer& peer);

// One connection's messages, cut by FrameCutter.
class MessageSession : public net::StreamSession {
 public:
  MessageSession(std::shared_ptr<MessageCore> core, std::shared_ptr<net::StreamConnection> connection,
                 const FramingOptions& framing);
  ~MessageSession() override;
  std::size_t on_bytes(std::string_view bytes, bool at_end) override;

 protected:
  // By default adds it to the batcher as it is.
  virtual void on_message(const Frame& frame);
  MessageCore& core() { return *core_; }
  const SourcePtr& source() const { return from_.source; }
  const std::vector<Extra>& extras() const { return extras_; }

 private:
  const std::shared_ptr<MessageCore> core_;
  const std::shared_ptr<net::StreamConnection> connection_;
  FrameCutter cutter_;
  const PeerSource from_;
  std::vector<Extra> extras_, cut_extras_;
  bool closed_ = false;
};

// The sockets of a listener over UDP, TCP and TLS.
class SocketListener : public Listener {
 public:
  struct Addresses {
    std::vector<std::string> udp, tcp, tls;
  };
  struct Handlers {
    net::SessionFactory session;
    std::string listener;  // its name, for counters
    net::DatagramHandler datagram;
    std::function<void(std::chrono::milliseconds)> drain;  // after the sockets have ended
    std::function<void()> tick;                            // once a second; may be null
  };
  SocketListener(const ListenerContext& context, const base::ConfigSection& config, Addresses addresses,
                 Handlers handlers, std::size_t max_event_bytes);
  ~SocketListener() override;

  base::Status start() override;
  void drain(std::chrono::milliseconds deadline) override;
  std::string where() const override;
  // The addresses that were bound; port 0 is replaced by what was found.
  std::vector<net::Endpoint> udp() const;
  std::vector<net::Endpoint> tcp() const;

 private:
  base::Status start_streams(const std::vector<std::string>& addresses, bool tls);
  void arm_tick();
  void count_kernel_drops();

  ListenerContext context_;
  Addresses addresses_;
  Handlers handlers_;
  net::StreamServerOptions server_options_;
  std::vector<std::unique_ptr<net::StreamServer>> streams_;
  std::vector<std::unique_ptr<net::DatagramServer>> datagrams_;
  std::shared_ptr<void> collector_;  // reads datagrams_
  std::shared_ptr<std::atomic<bool>> running_ = std::make_shared<std::atomic<bool>>(true);
};

// One whose only address speaks TCP, or TLS if that is configured.
using MakeSession = std::unique_ptr<net::StreamSession> (*)(std::shared_ptr<MessageCore>,
                                                            std::shared_ptr<net::StreamConnection>);
std::unique_ptr<Listener> make_stream_listener(const std::string& name, const ListenerContext& context,
                                               const base::ConfigSection& config, MakeSession make_session);

RunAfter timers_of(net::Io& io);

}  // namespace vedette::ingest
