<?php

declare(strict_types=1);

namespace Drupal\background_agents\Preview;

use Drupal\Core\Datetime\DateFormatterInterface;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Render\BareHtmlPageRendererInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\Url;
use Symfony\Component\HttpFoundation\Response;

/**
 * What is around a preview: its head, its frame, and short pages of refusal.
 *
 * @internal
 */
final class PreviewPage {

  use StringTranslationTrait;

  public function __construct(
    private readonly BareHtmlPageRendererInterface $pages,
    private readonly DateFormatterInterface $dates,
    private readonly HiddenParts $hidden,
  ) {}

  /**
   * Adds what every preview has in its head.
   *
   * @param array<string, mixed> $build
   *   A render array.
   *
   * @return array<string, mixed>
   *   The same with the head.
   */
  public function withHead(array $build): array {
    $robots = ['#tag' => 'meta', '#attributes' => ['name' => 'robots', 'content' => 'noindex, nofollow']];
    // A link leads out of the frame, instead of another page into it.
    $base = ['#tag' => 'base', '#attributes' => ['target' => '_blank'], '#weight' => -1000];
    $build['#attached']['html_head'][] = [$robots, 'background_agents_robots'];
    $build['#attached']['html_head'][] = [$base, 'background_agents_base'];
    return $build;
  }

  /**
   * The page of a preview link.
   *
   * @param \Drupal\Core\Entity\ContentEntityInterface $version
   *   What it shows.
   * @param int $expires
   *   Until when, Unix time.
   * @param array<string, int|string> $parameters
   *   Parameters of its route.
   */
  public function linked(ContentEntityInterface $version, int $expires, array $parameters): Response {
    return $this->bare((string) $this->t('Preview: @label', ['@label' => (string) $version->label()]), [
      '#theme' => 'background_agents_preview_link',
      '#label' => (string) $version->label(),
      '#until' => $this->dates->format($expires, 'short'),
      '#until_machine' => $this->dates->format($expires, 'custom', 'c'),
      '#hidden' => $this->hidden->of($version),
      '#url' => Url::fromRoute('background_agents.preview_link_version', $parameters)->toString(),
    ]);
  }

  /**
   * A page that says why there is nothing to see.
   */
  public function refusal(PreviewRefused $refused): Response {
    $page = $this->bare((string) $this->t('No preview'), [
      '#theme' => 'background_agents_preview_refusal',
      '#sentence' => $refused->sentence,
    ]);
    $page->setStatusCode($refused->status);
    return $page;
  }

  private function bare(string $title, array $content): Response {
    return $this->pages->renderBarePage($content, $title, 'background_agents_preview_page', $this->withHead([
      '#show_messages' => FALSE,
      '#attached' => ['library' => ['background_agents/preview_link']],
    ]));
  }

}
