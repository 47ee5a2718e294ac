-- Counts uses and attempts. attempts.State and memory.take are its twins in Go.
--
-- KEYS: one for each use, then one for each limit.
-- ARGV: the operation (begin, fail, succeed); the time, '' for Redis's own;
--       how many failures make a place suspect; the highest count; how many uses there are;
--       for each use:   the interval between two, and how many at once;
--       for each limit: the failures that cause no wait, the longest wait,
--                       the time in which one is forgotten, the scope.
-- All times are in microseconds. Returns how long to wait, 1 if a use is why,
-- and 1 if the place is new.

local op, now = ARGV[1], tonumber(ARGV[2])
local grace, most, uses = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local ALWAYS, NEW = 0, 1
local SECOND = 1000000

if not now then
  local time = redis.call('TIME')
  now = time[1] * SECOND + time[2]
end

local function keep(key, value, ttl)
  redis.call('SET', key, value, 'PX', string.format('%d', math.max(1000, math.ceil(ttl / 1000))))
end

-- GCRA (ITU-T I.371): the value is the theoretical arrival time.
local function take(i)
  local interval, burst = tonumber(ARGV[4 + 2 * i]), tonumber(ARGV[5 + 2 * i])
  local arrival = math.max(now, tonumber(redis.call('GET', KEYS[i]) or now)) + interval
  local wait = arrival - now - interval * burst
  if wait > 0 then return math.max(1, math.ceil(wait)) end
  keep(KEYS[i], string.format('%.3f', arrival), arrival - now)
  return 0
end

local function limit(i)
  local a = 5 + 2 * uses + 4 * (i - uses - 1)
  local l = {
    key = KEYS[i], n = 0, till = now,
    free = tonumber(ARGV[a + 1]), longest = tonumber(ARGV[a + 2]),
    forget = tonumber(ARGV[a + 3]), scope = tonumber(ARGV[a + 4]),
  }
  local n, till = string.match(redis.call('GET', l.key) or '', '^(%d+) (%d+)$')
  if n then
    l.n, l.till = tonumber(n), tonumber(till)
    if now > l.till then l.n = math.max(0, l.n - math.floor((now - l.till) / l.forget)) end
  end
  return l
end

local function save(l, n, till)
  if n == 0 then
    redis.call('DEL', l.key)
  else
    keep(l.key, string.format('%d %.0f', n, till), till - now + n * l.forget)
  end
end

local function fail(l)
  local n, wait = math.min(l.n + 1, most), 0
  if n >= l.free then wait = math.min(SECOND * 2 ^ math.min(n - l.free, 10), l.longest) end
  save(l, n, now + wait)
end

if op == 'begin' then
  for i = 1, uses do
    local wait = take(i)
    if wait > 0 then return {wait, 1, 0} end
  end
end

local limits = {}
for i = uses + 1, #KEYS do limits[#limits + 1] = limit(i) end

if op == 'succeed' then
  for _, l in ipairs(limits) do save(l, math.max(0, l.n - 1), now) end
  return {0, 0, 0}
end
if op == 'fail' then
  for _, l in ipairs(limits) do fail(l) end
  return {0, 0, 0}
end

local new = #limits > 0 and limits[1].n < grace
local function applies(l) return l.scope == ALWAYS or (l.scope == NEW) == new end
for _, l in ipairs(limits) do
  if applies(l) and l.n >= l.free and l.till > now then
    return {math.max(1, math.ceil(l.till - now)), 0, new and 1 or 0}
  end
end
for _, l in ipairs(limits) do
  if applies(l) then fail(l) end
end
return {0, 0, new and 1 or 0}
