"""What may be sent: the state of the world in `conditions`, sizes in USD, and the gate itself.

Every order passes `RiskGate.refusal` on the loop thread just before it is sent. Imports
domain, the board, the ledger and the blotter.
"""
