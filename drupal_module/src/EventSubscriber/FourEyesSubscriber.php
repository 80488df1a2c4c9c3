<?php

declare(strict_types=1);

namespace Drupal\background_agents\EventSubscriber;

use Drupal\background_agents\Guard\FourEyesRefused;
use Drupal\Core\Messenger\MessengerInterface;
use Symfony\Component\EventDispatcher\EventSubscriberInterface;
use Symfony\Component\HttpKernel\Event\ExceptionEvent;
use Symfony\Component\HttpKernel\Exception\AccessDeniedHttpException;
use Symfony\Component\HttpKernel\KernelEvents;

/**
 * Tells who may not publish a draft so, where the form did not ask before.
 *
 * @internal
 */
final class FourEyesSubscriber implements EventSubscriberInterface {

  public function __construct(
    private readonly MessengerInterface $messenger,
  ) {}

  /**
   * {@inheritdoc}
   */
  public static function getSubscribedEvents(): array {
    // Before the exception is logged as an error (50).
    return [KernelEvents::EXCEPTION => ['onException', 80]];
  }

  /**
   * It is no error of the site: access denied, with the sentence.
   */
  public function onException(ExceptionEvent $event): void {
    $refused = FourEyesRefused::in($event->getThrowable());
    if ($refused === NULL) {
      return;
    }
    if ($event->getRequest()->getRequestFormat() === 'html') {
      $this->messenger->addError($refused->sentence);
    }
    $event->setThrowable(new AccessDeniedHttpException($refused->getMessage(), $refused));
  }

}
