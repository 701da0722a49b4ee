"""The words of the product: flows, devices, questions, evidence, records."""
