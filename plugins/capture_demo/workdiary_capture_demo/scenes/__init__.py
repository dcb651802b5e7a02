"""What is in the drawn window; one module a scene.

A scene is a function of its canvas, of a freelancer's habits (the same in all their pictures) and
of chance (other in every minute).
"""
