<?php

declare(strict_types=1);

namespace Drupal\background_agents\Http;

use Drupal\background_agents\Database\DatabaseFailure;
use Drupal\Core\Utility\Error;
use Psr\Log\LoggerInterface;
use Symfony\Component\DependencyInjection\Attribute\Autowire;

/**
 * What code of the site threw, as a problem document.
 *
 * Class and sentence are told to whoever may see the run, the agent's model
 * included: it may mend its call by them. Queries, their values, and paths of
 * files stay in the log.
 *
 * @internal
 */
final class SiteError {

  public const string CODE = 'site_error';

  private const int LONGEST = 300;

  public function __construct(
    #[Autowire(service: 'logger.channel.background_agents')]
    private readonly LoggerInterface $logger,
  ) {}

  /**
   * Logs the exception, and says what of it may be told.
   *
   * @param \Throwable $exception
   *   What was thrown.
   * @param string $when
   *   What the request did, such as "while it saved the draft".
   */
  public function problem(\Throwable $exception, string $when): Problem {
    $this->log($exception);
    $root = self::root($exception);
    $detail = sprintf('Code of the site failed %s. %s: %s The log of the site tells more.', $when, self::nameOf($root), self::sentence($root));
    return new Problem(500, self::CODE, 'Code of the site failed', $detail, extra: ['exception' => self::nameOf($root)]);
  }

  public function log(\Throwable $exception): void {
    Error::logException($this->logger, $exception);
  }

  /**
   * The sentence of an exception, without what does not leave the site.
   */
  public static function sentence(\Throwable $exception): string {
    $database = DatabaseFailure::in($exception);
    if ($database !== NULL) {
      return $database->sentence();
    }
    $text = html_entity_decode(strip_tags(self::root($exception)->getMessage()), ENT_QUOTES | ENT_HTML5);
    $text = (string) preg_replace([
      '~, called in .*~s',
      '~://[^/\s@]+@~',
      '~(?<![:\w/])/(?:[\w.\-]+/)+[\w.\-]*~',
      '~\s+~',
    ], ['', '://', '…', ' '], mb_scrub($text));
    $text = trim(mb_strimwidth($text, 0, self::LONGEST, '…'));
    return match (TRUE) {
      $text === '' => 'It gave no reason.',
      preg_match('/[.!?…]$/u', $text) === 1 => $text,
      default => "$text.",
    };
  }

  /**
   * Whether hooks or event subscribers stood between our code and the failure.
   *
   * @param \Throwable $exception
   *   What was thrown.
   * @param class-string $from
   *   Our class: frames outside its call are not looked at.
   */
  public static function isOfHook(\Throwable $exception, string $from): bool {
    foreach (self::root($exception)->getTrace() as $frame) {
      $class = $frame['class'] ?? '';
      if ($class === $from) {
        return FALSE;
      }
      if (is_a($class, 'Drupal\Core\Extension\ModuleHandlerInterface', TRUE) || is_a($class, 'Psr\EventDispatcher\EventDispatcherInterface', TRUE)) {
        return TRUE;
      }
    }
    return FALSE;
  }

  /**
   * The exception that was thrown first: storages wrap what hooks throw.
   */
  public static function root(\Throwable $exception): \Throwable {
    while ($exception->getPrevious() !== NULL) {
      $exception = $exception->getPrevious();
    }
    return $exception;
  }

  private static function nameOf(\Throwable $exception): string {
    // The name of an anonymous class holds a path.
    return strstr($exception::class, "\0", TRUE) ?: $exception::class;
  }

}
