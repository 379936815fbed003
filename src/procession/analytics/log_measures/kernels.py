# pyright: basic, reportUntypedFunctionDecorator=false
# numba has no types of its own, and what it compiles is written in its part of the language.
"""The compiled part of measuring: each kernel passes once or twice over columns that are ordered by case.

Nothing is sorted. Pairs of codes are numbered as they come, in a table with open addressing; spreads put the values of
each number side by side by counting, and find quantiles there by selection (Hoare's, in O(n) expected). Sequences of
steps are compared themselves, so that two with the same hash stay two.
Importing this module imports numba; only `by_kernels` does so.
"""

from __future__ import annotations

import numpy as np
from numba import njit

# --- numbering pairs ---------------------------------------------------------------------------------------------------

_SMALLEST = 1024
_DENSE = 1 << 22
"""Up to so many possible pairs each has a slot of its own."""


@njit(cache=True)
def _mixed(value):
    """The finalizer of SplitMix64: every bit of the value moves half of the bits of the result."""
    z = np.uint64(value) + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@njit(cache=True)
def _placed(pairs, used, capacity):
    """The slots for pairs that are numbered already, in a table of this capacity, a power of two."""
    slots = np.full(capacity, -1, np.int32)
    mask = np.uint64(capacity - 1)
    for number in range(used):
        at = _mixed(pairs[number]) & mask
        while slots[at] >= 0:
            at = (at + np.uint64(1)) & mask
        slots[at] = number
    return slots


@njit(cache=True)
def _possible(left, right):
    """How many codes there are on the right, -1 among them, and how many pairs of codes there can be."""
    most_left, most_right = np.int64(-1), np.int64(-1)
    for i in range(len(left)):
        most_left, most_right = max(most_left, np.int64(left[i])), max(most_right, np.int64(right[i]))
    return most_right + 2, (most_left + 2) * (most_right + 2)


@njit(cache=True)
def _number_from(begin, numbers, left, right, back, case, apart, width, pairs, slots, used):
    """Number the pairs from the row `begin` on, until `pairs` is full. Gives the row reached and the pairs used.

    A width of 0 means a hashed table. Tables that grow within the loop would make it ten times as slow.
    """
    mask = np.uint64(len(slots) - 1)
    for i in range(begin, len(right)):
        before, after = np.int64(left[i - back]), np.int64(right[i])
        if back > 0 and (case[i - back] != case[i] or before < 0 or after < 0 or (apart and before == after)):
            continue
        pair = (before << np.int64(32)) | (after & np.int64(0xFFFFFFFF))
        if width > 0:
            at = np.uint64((before + 1) * width + after + 1)
        else:
            at = _mixed(pair) & mask
            while slots[at] >= 0 and pairs[slots[at]] != pair:
                at = (at + np.uint64(1)) & mask
        if slots[at] < 0:
            if used == len(pairs):
                return i, used
            pairs[used] = pair
            slots[at] = used
            used += 1
        numbers[i] = slots[at]
    return len(right), used


@njit(cache=True)
def _numbered(left, right, back, case, apart):
    """Number the pairs (left of `back` rows above, right); see `passed` and `together`."""
    numbers = np.full(len(right), -1, np.int32)
    pairs = np.empty(_SMALLEST, np.int64)
    width, possible = _possible(left, right)
    if possible <= _DENSE:
        slots = np.full(possible, -1, np.int32)
    else:
        width, slots = 0, _placed(pairs, 0, 2 * _SMALLEST)
    row, used = _number_from(back, numbers, left, right, back, case, apart, width, pairs, slots, 0)
    while row < len(right):
        more = np.empty(2 * used, np.int64)
        more[:used] = pairs
        pairs = more
        if width == 0:
            slots = _placed(pairs, used, 4 * used)
        row, used = _number_from(row, numbers, left, right, back, case, apart, width, pairs, slots, used)
    return numbers, pairs[:used].copy()


@njit(cache=True)
def _halves(pairs):
    left, right = np.empty(len(pairs), np.int32), np.empty(len(pairs), np.int32)
    for i in range(len(pairs)):
        left[i] = pairs[i] >> np.int64(32)
        right[i] = np.int32(pairs[i] & np.int64(0xFFFFFFFF))
    return left, right


@njit(cache=True)
def passed(case, codes, apart):
    """For each row the number of the pair (code of the row above in the case, its own), and the pairs by number.

    -1 at the first row of a case, where either is unknown, and with `apart` where both are the same.
    """
    numbers, pairs = _numbered(codes, codes, 1, case, apart)
    left, right = _halves(pairs)
    return numbers, left, right


@njit(cache=True)
def together(left, right):
    """For each row the number of its pair of codes, and the pairs by number; an unknown code is one of its own."""
    numbers, pairs = _numbered(left, right, 0, left, False)
    first, second = _halves(pairs)
    return numbers, first, second


# --- counting ----------------------------------------------------------------------------------------------------------


@njit(cache=True)
def counted(numbers, n):
    """How many rows have each number."""
    counts = np.zeros(n, np.int64)
    for number in numbers:
        if number >= 0:
            counts[number] += 1
    return counts


@njit(cache=True)
def cases_of(numbers, case, n):
    """In how many cases each number occurs."""
    counts, last = np.zeros(n, np.int64), np.full(n, -1, np.int32)
    for i in range(len(numbers)):
        number = numbers[i]
        if number >= 0 and last[number] != case[i]:
            last[number] = case[i]
            counts[number] += 1
    return counts


@njit(cache=True)
def summed(numbers, values, n):
    """The sum of the values of each number."""
    totals = np.zeros(n, np.int64)
    for i in range(len(numbers)):
        if numbers[i] >= 0:
            totals[numbers[i]] += values[i]
    return totals


@njit(cache=True)
def rework(case, step, worked, n):
    """Of each step: in how many cases it was done more than once, how often again, and the work of those later times."""
    seen, counted_in = np.full(n, -1, np.int32), np.full(n, -1, np.int32)
    cases, again, work = np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(n, np.int64)
    for i in range(len(step)):
        s = step[i]
        if seen[s] != case[i]:
            seen[s] = case[i]
            continue
        again[s] += 1
        work[s] += worked[i]
        if counted_in[s] != case[i]:
            counted_in[s] = case[i]
            cases[s] += 1
    return cases, again, work


# --- times -------------------------------------------------------------------------------------------------------------


@njit(cache=True)
def gaps(case, start, end, estimated):
    """From the end of the row above to the beginning of this one (to its end where that is estimated); never below 0."""
    found = np.zeros(len(case), np.int64)
    for i in range(1, len(case)):
        if case[i - 1] == case[i]:
            begun = end[i] if estimated[i] else start[i]
            found[i] = max(begun - end[i - 1], 0)
    return found


@njit(cache=True)
def cycles(first, start, end, estimated):
    """Of each case the first beginning and the last end."""
    cases = len(first) - 1
    began, ended = np.empty(cases, np.int64), np.empty(cases, np.int64)
    for c in range(cases):
        low, high = np.int64(2**62), np.int64(-(2**62))
        for i in range(first[c], first[c + 1]):
            low = min(low, end[i] if estimated[i] else start[i])
            high = max(high, end[i])
        began[c], ended[c] = low, high
    return began, ended


@njit(cache=True)
def _select(values, low, high, k):
    """Bring what would stand at `k` in order there, nothing larger before and nothing smaller behind it."""
    high -= 1
    chance = np.uint64(0x2545F4914F6CDD1D)
    while low < high:
        chance = chance * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)
        some = low + np.int64((chance >> np.uint64(33)) % np.uint64(high - low + 1))
        a, b, c = values[low], values[some], values[high]
        pivot = max(min(a, b), min(max(a, b), c))
        i, j = low, high
        while i <= j:
            while values[i] < pivot:
                i += 1
            while values[j] > pivot:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i += 1
                j -= 1
        if k <= j:
            high = j
        elif k >= i:
            low = i
        else:
            return


@njit(cache=True)
def spread(numbers, values, counts, shares):
    """Quantiles of the values of each number, interpolated between the two nearest. `shares` go upwards."""
    n = len(counts)
    first = np.zeros(n + 1, np.int64)
    for number in range(n):
        first[number + 1] = first[number] + counts[number]
    fill, beside = first[:-1].copy(), np.empty(first[n], np.int64)
    for i in range(len(numbers)):
        number = numbers[i]
        if number >= 0:
            beside[fill[number]] = values[i]
            fill[number] += 1
    found = np.full((n, len(shares)), np.nan)
    for number in range(n):
        begin, stop = first[number], first[number + 1]
        low = begin
        for place in range(len(shares)):
            if begin == stop:
                break
            exact = shares[place] * (stop - begin - 1)
            whole = begin + np.int64(np.floor(exact))
            _select(beside, low, stop, whole)
            value = float(beside[whole])
            if exact > np.floor(exact):
                above = beside[whole + 1]
                for i in range(whole + 2, stop):
                    above = min(above, beside[i])
                value += (exact - np.floor(exact)) * float(above - beside[whole])
            found[number, place] = value
            low = whole
    return found


# --- sequences ---------------------------------------------------------------------------------------------------------


@njit(cache=True)
def traces(first, step):
    """For each case the number of its sequence of steps, and for each number the first case that has it."""
    cases = len(first) - 1
    capacity = _SMALLEST
    while capacity < 2 * cases:
        capacity *= 2
    slots, mask = np.full(capacity, -1, np.int32), np.uint64(capacity - 1)
    numbers, example = np.empty(cases, np.int32), np.empty(cases, np.int32)
    hashes, used = np.empty(cases, np.uint64), 0
    for c in range(cases):
        begin, stop = first[c], first[c + 1]
        whole = np.uint64(stop - begin)
        for i in range(begin, stop):
            whole = (whole ^ np.uint64(step[i])) * np.uint64(0x9E3779B97F4A7C15)
            whole ^= whole >> np.uint64(29)
        at = whole & mask
        while slots[at] >= 0:
            number = slots[at]
            other = first[example[number]]
            if hashes[number] == whole and first[example[number] + 1] - other == stop - begin:
                same = True
                for i in range(stop - begin):
                    if step[other + i] != step[begin + i]:
                        same = False
                        break
                if same:
                    break
            at = (at + np.uint64(1)) & mask
        if slots[at] < 0:
            slots[at], hashes[used], example[used] = used, whole, c
            used += 1
        numbers[c] = slots[at]
    return numbers, example[:used].copy()
