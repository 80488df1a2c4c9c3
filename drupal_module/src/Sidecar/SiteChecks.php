<?php

declare(strict_types=1);

namespace Drupal\background_agents\Sidecar;

use Drupal\Component\Render\MarkupInterface;
use Drupal\Component\Utility\Html;
use Drupal\Core\Extension\ModuleHandlerInterface;
use Drupal\Core\Extension\Requirement\RequirementSeverity;
use Drupal\Core\Render\RendererInterface;

/**
 * This module's part of the status report as text, for `sidecar doctor`.
 *
 * What a person reads here is read there, too: neither side knows better.
 *
 * @internal
 */
final class SiteChecks {

  private const string PREFIX = 'background_agents_';

  /**
   * What the sidecar itself has told is not sent back to it.
   */
  private const string FROM_SIDECAR = 'background_agents_findings';

  public function __construct(
    private readonly ModuleHandlerInterface $moduleHandler,
    private readonly RendererInterface $renderer,
  ) {}

  /**
   * Returns what the module's own checks say of the site.
   *
   * @return array<array{id: string, level: string, subject: string, text: string}>
   *   The level is "ok", "note" or "problem".
   */
  public function all(): array {
    $checks = [];
    $requirements = [];
    $this->moduleHandler->invokeAllWith('runtime_requirements', static function (callable $hook, string $module) use (&$requirements): void {
      $requirements += $module === 'background_agents' ? $hook() : [];
    });
    unset($requirements[self::FROM_SIDECAR]);
    foreach ($requirements as $id => $requirement) {
      $checks[] = [
        'id' => substr($id, strlen(self::PREFIX)),
        'level' => self::level($requirement['severity'] ?? RequirementSeverity::OK),
        'subject' => $this->text($requirement['title'] ?? ''),
        'text' => $this->sentences($requirement['value'] ?? '', $requirement['description'] ?? ''),
      ];
    }
    return $checks;
  }

  private static function level(RequirementSeverity $severity): string {
    return match ($severity) {
      RequirementSeverity::Error => 'problem',
      RequirementSeverity::OK => 'ok',
      default => 'note',
    };
  }

  private function sentences(mixed ...$parts): string {
    $texts = array_filter(array_map($this->text(...), $parts), static fn (string $text): bool => $text !== '');
    return implode(' ', array_map(static fn (string $text): string => preg_match('/[.!?]$/', $text) ? $text : "$text.", $texts));
  }

  private function text(string|array|MarkupInterface $part): string {
    $markup = is_array($part) ? (string) $this->renderer->renderInIsolation($part) : (string) $part;
    return trim((string) preg_replace('/\s+/', ' ', Html::decodeEntities(strip_tags(str_replace('<li>', ' <li>', $markup)))));
  }

}
