"""Which known defect is a failing run like?"""
