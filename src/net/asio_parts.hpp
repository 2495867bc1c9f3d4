// The parts of Asio that net uses, with one executor type throughout.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace vedette::net {

namespace asio = boost::asio;

using Executor = asio::io_context::executor_type;
template <typename T = void>
using Task = asio::awaitable<T, Executor>;
using Clock = std::chrono::steady_clock;
using Timer = asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, Executor>;
// A file descriptor whose readiness can be awaited. Closes it at its end.
using Descriptor = asio::posix::basic_stream_descriptor<Executor>;
using WaitType = asio::posix::descriptor_base::wait_type;

// Awaits give (error, results...) instead of throwing.
inline constexpr auto kAwait =
    asio::as_tuple_t<asio::use_awaitable_t<Executor>>{asio::use_awaitable_t<Executor>{}};

}  // namespace vedette::net
