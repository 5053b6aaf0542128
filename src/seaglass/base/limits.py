"""Every limit of seaglass: value, unit, and where the number comes from.

Above: everything. Below: nothing. Sections are named for the room that keeps to them.
"""

from __future__ import annotations

# base/files
# Threads, beside the one that asks, that sync files or folders: a file system with a journal syncs
# several in less time than one after the other. 2 to 32 took the same for 54 folders.
SYNC_THREADS = 4

# base/pace
# Beside others work goes in steps of about so long, which a query of a millisecond hardly feels. A rest
# is as long as its step or longer, up to so many times: with 100 the p99 of queries and of commits is
# 1.1 times as long, with 50 up to 1.2 times, with 20 1.4 times (benchmarks/stall.py, two cores).
PACE_STEP_US = 150
PACE_REST_TIMES_MAX = 100

# storage/wal
# A log segment is closed when it has this size. Recovery reads the last segment whole.
LOG_SEGMENT_BYTES = 64 * 1024 * 1024
# The largest entry of a log: OpenSSL seals at most 2**31 - 1 bytes at once; recovery holds one.
LOG_PAYLOAD_BYTES_MAX = 1024 * 1024 * 1024
# Entries wait in memory for the next sync up to this size, then they are written early.
LOG_BUFFER_BYTES = 4 * 1024 * 1024
# A larger entry is sealed in steps of this size, some 20 ms each, between which its query may end.
LOG_STEP_BYTES = 8 * 1024 * 1024
# Zeros that are laid out after what small writes have written: a sync of a file whose size stays takes
# two thirds of the time, and the zeros some 0.3 ms. A write is small if so many of its size fit in;
# others would have every byte written twice.
LOG_ROOM_BYTES = 256 * 1024
LOG_ROOM_WRITES = 16
# A follower looks for new entries with a read of this size, and goes on with larger ones.
LOG_LOOK_BYTES = 4 * 1024
LOG_FOLLOW_BYTES = 1024 * 1024

# storage/objects
# AES-GCM seals at most 2**36 - 32 bytes under one key and nonce. Most chunks are far smaller, but one that
# cannot be stored would keep its graph from ever being saved again, and a property of 65,536 nodes is one
# chunk, however long its texts are. The memory ends before.
OBJECT_BYTES_MAX = 32 * 1024 * 1024 * 1024
# What zstd is given at once while others are to run: some 100 microseconds of a core.
PACK_STEP_BYTES = 32 * 1024
# Threads that encode, pack, seal or check objects: enough to keep two cores busy.
PUT_THREADS = 2
# Puts of one `put_many` at a time: one more than work, so that one may wait for the disk; more threads
# fight for the interpreter.
PUTS_AT_ONCE = 3
# What a thread of `put_many` makes, packs and seals in a row, for a local store: it hands over to no other
# meanwhile, and asks once which of them are there.
PUT_STEP_BYTES = 1024 * 1024
PUT_STEP_OBJECTS = 4
# What a local store writes between two waits for the disk: so many bytes, or so many open files.
# Few enough that a small graph is not encoded to its end before the first of it is written.
PUT_TOGETHER_BYTES = 2 * 1024 * 1024
PUT_TOGETHER_OBJECTS = 16
# Together they are one file of a local store, a bundle, from so many bytes on: whoever opens the store
# reads the head of each, and whoever collects garbage writes what stays in it again.
BUNDLE_BYTES_MIN = 256 * 1024
# The first read of a bundle; most heads are shorter.
BUNDLE_LOOK_BYTES = 4 * 1024

# storage/objects/portable
# scrypt's cost for a passphrase, as 2 to this power: 128 MiB and some 0.4 s. Files may ask for up to
# four times as much, so that a made-up one cannot use up the memory.
SCRYPT_LOG_COST = 17
SCRYPT_LOG_COST_MAX = 19
# The largest object of a file, plain and packed: its record has 4 bytes for its length, OpenSSL seals at most
# 2**31 - 1 bytes at once, and a made-up file must not use up the memory.
PORTABLE_OBJECT_BYTES_MAX = 2**31 - 4096

# storage/bucket
# Requests of one `put_many` at a time: with some 30 ms each, 16 fill a gigabit with chunks of half
# a megabyte.
BUCKET_THREADS = 16
# Larger objects go in parts of this size, so many of them at once.
BUCKET_PART_BYTES = 8 * 1024 * 1024
BUCKET_PARTS_AT_ONCE = 4
# One request: a part at 3 Mbit/s. A connection: some round trips.
BUCKET_REQUEST_SECONDS = 30.0
BUCKET_CONNECT_SECONDS = 5.0
# What obstore repeats itself, and for how long; then the whole call is tried again so often.
BUCKET_RETRIES = 5
BUCKET_RETRY_SECONDS = 20.0
BUCKET_ATTEMPTS = 3
BUCKET_PAUSE_SECONDS = 0.1
# How long a lease lasts that nobody renews: its second half is longer than a deletion may take.
LEASE_SECONDS = 120.0
# How finely those who wait for a lease look.
LEASE_LOOK_SECONDS = 0.25
# Clocks of a machine and of its bucket may differ by so much: little against the grace period.
CLOCK_SKEW_SECONDS_MAX = 300.0
# Names of objects that a process remembers to have put or seen: some 20 MB.
KNOWN_OBJECTS_MAX = 200_000

# engine/cypher
# Characters of one query. Tokens take some 150 bytes each, so that the largest query costs about
# half a gigabyte to parse. Amazon documents 150 MiB for a request of Neptune Database and nothing
# for Analytics; bulk data is for loaders.
QUERY_CHARS_MAX = 4 * 1024 * 1024
# Nested brackets, and operators on one path of an expression. Parser, binder and executor recurse
# over expressions; at this depth they stay well inside Python's limit of 1,000 frames. AND, OR and
# XOR are balanced and do not count.
QUERY_DEPTH_MAX = 100
# Levels of that depth for which a subquery counts: a query inside takes so many more frames than a
# bracket, in the parser, the binder and the executor alike.
QUERY_SUBQUERY_DEPTH = 8
# Operators of one plan, one input of the next: a plan runs as nested generators, again inside 1,000
# frames.
QUERY_OPERATORS_MAX = 250
# Nodes that binding may copy within one query: `a < b < c` and `CASE a WHEN ...` name an operand
# once and use it often. Without a limit, 30 of them inside each other would make a billion.
QUERY_COPIES_MAX = 20_000

# engine/graph/codec
# Lists and maps of one property value nest at most this deep; reading them recurses once a level.
VALUE_DEPTH_MAX = 128
# Rows of one change: bounds what damaged bytes of a log can make a reader allocate.
CHANGE_ROWS_MAX = 64 * 1024 * 1024

# engine: database, commit, upkeep
# Names of graphs in the library; the server's are narrower, by the service model.
NAME_CHARS_MAX = 128
# Plans kept by text; the size of Neptune Analytics' plan cache.
PLANS_MAX = 1_000
# A plan that was not used for so long is made anew; Neptune Analytics' time.
PLAN_IDLE_MS = 300_000
# With planCache AUTO, explain tells of a kept plan only after a run that took less time than this;
# again Neptune Analytics' number.
PLAN_AUTO_MS = 100
# Longer query texts are compiled each time, so that the cache stays small.
PLAN_TEXT_CHARS_MAX = 64 * 1024
# Writing queries that may wait for one graph: the length of Neptune Analytics' queue.
WRITERS_WAITING_MAX = 8_192
# Short transactions of others that a thread with the write lock runs before it sees to its own
# answer: the more, the fewer threads are woken for a commit. No more than the threads of a busy
# program, and no longer than an answer may well wait.
GROUP_WRITES_MAX = 64
GROUP_MS = 5
# A checkpoint is made when the log has grown by this much: some 100,000 small entries, which take
# seconds to replay.
LOG_CHECKPOINT_BYTES = 16 * 1024 * 1024
# Commits of which a server knows from which query they came, and so whether to run it again: more than
# wait for a graph at once (WRITERS_WAITING_MAX), and seconds' worth of the quickest writers.
MARKS_MAX = 16_384
MARK_BYTES = 16
# The background thread looks for something to fold after this many commits, or this much log: well
# before a patch that was small can be large, and seldom enough to cost nothing.
UPKEEP_COMMITS = 256
UPKEEP_LOG_BYTES = 64 * 1024

# Threads that load a graph in the background: unsealing and decompressing use one core each.
PREFETCH_THREADS = 2
# Chunks that another has the disk read, at each end, before they are loaded: some bundles of small ones; and of
# how many at a time it asks whether they are near.
PREFETCH_AHEAD_CHUNKS = 96
PREFETCH_AHEAD_STEP = 32
# While there are queries, a save rests so long in all, beyond the time of a core that it takes: the
# snapshot of a small change is spread over so much, and a large one takes twice its time and so much.
SAVE_REST_MS = 2_000
# What a chunk takes of a core, about: so much each, and a microsecond more for so many rows or links.
CHUNK_WORK_US = 600
CHUNK_ENTRIES_A_US = 100
# How long loading in the background rests before each chunk while there are queries.
LOAD_REST_MS = 35
# Queries that came so lately, since a save began, count as being there: who asks again and again pauses less.
SAVE_BESIDE_MS = 20

# engine/memory
# Purses ask for memory in pieces of so many bytes: a query that holds less meets no lock.
MEMORY_PIECE_BYTES = 4 * 1024 * 1024
# The share of the machine's memory that queries may hold together where nobody says: the rest is
# for the graph, the system, and what is held for a moment without being counted.
MEMORY_SHARE = 0.6

# engine/exec
# Bytes of a stored text in the dialect `neptune`: Neptune Analytics' own limit.
NEPTUNE_STRING_BYTES_MAX = 1_048_062
# Rows of a frame: its columns (half a megabyte each) stay in a core's cache, and the work of one
# operator on it is long against the cost of calling it.
FRAME_ROWS = 65_536
# Rows that an aggregation gathers before it makes them smaller: some 20 MB for one key and one
# argument.
AGGREGATE_ROWS = 1_000_000
# Items of a list that a query makes: 400 MB of numbers. UNWIND of range() makes no list.
LIST_ITEMS_MAX = 10_000_000
# Characters of a text that a query makes: 64 MB of ASCII. A response of so much is of no use.
TEXT_CHARS_MAX = 64 * 1024 * 1024
# Bytes of JSON that are gathered before they are sent on.
RESULT_CHUNK_BYTES = 65_536
# Rows that are rendered together: nodes of a kilobyte make half a megabyte.
RESULT_ROWS = 512
# Rows that take more than this are rendered fewer at once.
RESULT_PART_BYTES = 4 * 1024 * 1024
# Characters of a line, and lines, that one argument of an operator takes in an explain table: fits
# a wide window; with the most operators of a plan, a table stays under a few megabytes.
EXPLAIN_LINE_CHARS = 80
EXPLAIN_ARGUMENT_LINES = 12

# engine/snapshot
# Garbage older than this is deleted, retired refs forgotten. Twice the longest time that a query
# may run.
GC_GRACE_MS = 2 * 60 * 60 * 1000
# Objects deleted under one hold of the objects lock: some milliseconds, which a save may have to
# wait.
GC_BATCH_OBJECTS = 256
# Objects that a save looks for between two looks at the lock that it holds.
SETTLE_OBJECTS = 1_024
# How long a save waits for the objects lock, which is held for milliseconds at a time.
OBJECTS_LOCK_WAIT_MS = 60_000

# engine/graph
# Nodes or edges of one group: what one chunk covers. Half a megabyte for a column of integers.
GROUP_ROWS = 65_536
# Patched rows (entries, in a patch of adjacency) of a group from which it is folded in the
# background: about a millisecond of work for each column that the patch touches.
PATCH_ROWS_SOFT = 1_024
# From here on the writer folds the group itself, so that reading a patch stays a matter of
# milliseconds.
PATCH_ROWS_HARD = 16_384
# A change of this many rows of one group goes into chunks at once: from here on, copying a column
# takes less time than making as many entries of a patch.
PATCH_BULK_ROWS = 256
# A read of fewer rows of a patched group looks each row up in the patch; a larger one makes the
# merged chunk, once.
PATCH_OVERLAY_ROWS = 1_024
# Value indexes that one query builds, of one chunk each: some 1.5 ms of sorting each, so that the
# queries on the way to a whole index take about as long as a scan.
VALUE_INDEX_BUILDS = 4
# Value indexes that a group keeps; one takes 10 bytes a row. Past it, the least asked gives way.
VALUE_INDEXES_MAX = 16
# Groups up to this size, where a graph has no more, are scanned: quicker than any look-up.
VALUE_INDEX_ROWS_MIN = 256
# Ranges of one look-up, such as items of `IN`: each costs a microsecond a group.
VALUE_RANGES_MAX = 256
# Rows of a frame whose values are looked up one by one; the values of more are joined by hash.
VALUE_LOOKUP_ROWS = 4_096
# Entries of one segment of adjacency: bounds what damaged bytes can make a reader allocate.
SEGMENT_ENTRIES_MAX = 2**31 - 1

# engine/graph/vectors
# Numbers of one embedding, as the service model has it.
VECTOR_DIMENSION_MAX = 65_536
# Vectors of one block: a write to one of them makes so much to be stored again.
VECTOR_BLOCK_BYTES = 8 * 1024 * 1024
# The part of a block's rows (one of so many) that a patch may have before it is folded in the
# background, and from which a change makes the chunk anew at once.
VECTOR_PATCH_SHARE = 8

# engine/algo
# Flat copies of a graph's edges that a version keeps for algorithms: one of 60 million edges, or ten
# of six million.
PROJECTION_BYTES = 1024 * 1024 * 1024

# engine/vector
# Filters inside each other: reading and asking one recurses once a level.
VECTOR_FILTER_DEPTH_MAX = 64
# Results of one search: a heap of as many is kept in order.
VECTOR_NEAREST_MAX = 1_000_000
# From so many bytes of vectors on there is an index: looking through them takes some 5 ms.
VECTOR_INDEX_BYTES_MIN = 128 * 1024 * 1024
# A walk is taken where so many bytes would be looked through: half of that, as filters change it.
VECTOR_WALK_BYTES_MIN = 64 * 1024 * 1024
# Vectors that are looked through in the time that a walk takes for one of its breadth.
VECTOR_WALK_SHARE = 40

# engine/snapshot/packs
# What is done beside the puts of a manifest: the old ref is retired, the new ones are written.
SAVE_THREADS = 3
# Patches are bundled into objects of about this size: few files for many small patches.
PACK_BYTES = 1024 * 1024
# Structures of nodes or edges in a summary. Neptune Analytics merges what is past as many.
STRUCTURES_MAX = 10_000

# engine/transfer
# A file is fetched in pieces of this size: large against the cost of a request.
IMPORT_PIECE_BYTES = 8 * 1024 * 1024
# What is parsed at once: large against the cost of a call, small against memory and caches. In
# Parquet files so many rows.
IMPORT_BLOCK_BYTES = 2 * 1024 * 1024
IMPORT_BATCH_ROWS = 131_072
# A line of a file. Neptune Analytics takes 65,535 characters; texts of a megabyte, which it stores,
# and long vectors need more.
IMPORT_LINE_BYTES_MAX = 16 * 1024 * 1024

# engine/transfer
# Rows that an export converts at a time, and what a file of it may have: it is held in memory whole.
EXPORT_BATCH_ROWS = 65_536
EXPORT_PART_BYTES = 64 * 1024 * 1024
# Bytes of a label in the name of a file; longer ones end in a number. File systems take 255.
EXPORT_NAME_BYTES = 150
