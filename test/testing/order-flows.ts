// A flow that calls a flow that calls a flow, for tests of calls; and what all its cases meet.

/** `demo` calls `pay`, which calls `book`. */
export const ORDER = `flow: demo
triggers: [{ manual: true }]
steps:
  - id: first
    uses: http.request
    with: { url: "https://shop.example/orders" }
  - id: paid
    call: pay
    input: { amount: "\${{ input.amount }}" }
    timeout: 2h
    on_error: continue
output: { status: "\${{ steps.paid.status }}", output: "\${{ steps.paid.output }}", error: "\${{ steps.paid.error }}" }
---
flow: pay
triggers: [{ manual: true }]
input:
  type: object
  required: [amount]
  properties: { amount: { type: number }, currency: { type: string, default: eur } }
steps:
  - wait: 10m
  - id: charge
    uses: http.request
    with: { method: POST, url: "https://bank.example/charges", body: { amount: "\${{ input.amount }}", currency: "\${{ input.currency }}" } }
    retry: { max_attempts: 3, delay: 1m, backoff: 1 }
    undo: [{ id: refund, uses: http.request, with: { method: DELETE, url: "https://bank.example/charges" } }]
  - id: booked
    call: book
    input: { id: "\${{ steps.charge.output.body.id }}" }
undo_on_failure: true
finally: [{ emit: pay.over, body: { id: "\${{ uuid() }}" } }]
output: { id: "\${{ steps.charge.output.body.id }}", booked: "\${{ steps.booked.output }}" }
---
flow: book
triggers: [{ manual: true }]
steps:
  - id: write
    uses: http.request
    with: { url: "https://books.example/\${{ input.id }}" }
    retry: none
output: \${{ steps.write.status }}
`;

/** What a test document of it shares. */
export const SHARED = `input: { amount: 5 }
mocks:
  first: { status: 200 }
  pay/charge: { status: 201, body: { id: ch_1 } }
  pay/refund: { status: 204 }
  book/write: { status: 200 }
`;
